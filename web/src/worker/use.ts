import type { FromWorker, ToWorker } from '../wallet/messages.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { Link } from './link.ts';
import { loadFileReader } from './parts.ts';

const TEST_COINS_NAME = 'Test coins';

/** What the worker lends. */
interface Place {
  readonly post: (message: FromWorker) => void;
  readonly postAll: () => void;
  readonly loadLink: () => Promise<Link>;
}

/** What is asked of an open wallet. */
export type Use = Extract<
  ToWorker,
  {
    kind:
      | 'inspect'
      | 'accept'
      | 'test coins'
      | 'repair'
      | 'plan send'
      | 'send'
      | 'hand over'
      | 'take back';
  }
>;

export async function useWallet(place: Place, wallet: Wallet, message: Use): Promise<void> {
  const { post, postAll, loadLink } = place;
  switch (message.kind) {
    case 'inspect':
      return inspect(place, wallet, message.request, message.files);
    case 'accept': {
      const deposit = await wallet.accept(message.offer);
      return post({ kind: 'accepted', request: message.request, deposit });
    }
    case 'test coins': {
      const bytes = await (await loadLink()).testCoins();
      return inspect(place, wallet, message.request, [{ name: TEST_COINS_NAME, bytes }]);
    }
    case 'repair':
      return post({ kind: 'repairing', request: message.request, coins: await wallet.repair() });
    case 'plan send': {
      await loadLink();
      const plan = wallet.planSend(message.units);
      return post({ kind: 'send planned', request: message.request, plan });
    }
    case 'send': {
      const { coinId } = await (await loadLink()).network();
      const send = await wallet.send(message.units, message.memo, coinId);
      // The answer must not come before the view that has the send.
      postAll();
      return post({ kind: 'sent', request: message.request, send });
    }
    case 'hand over': {
      const { name, bytes } = await wallet.handOver(message.send);
      return post({ kind: 'handed over', request: message.request, name, bytes });
    }
    case 'take back':
      await wallet.takeBack(message.send);
      return post({ kind: 'taking back', request: message.request });
  }
}

async function inspect(
  { post, loadLink }: Place,
  wallet: Wallet,
  request: number,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const { coinId } = await (await loadLink()).network();
  const { inspectFiles } = await loadFileReader();
  const offer = wallet.inspect(inspectFiles, files, coinId);
  post({ kind: 'inspected', request, offer });
}
