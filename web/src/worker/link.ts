import { FIRST_RECONNECT_MS, MAX_RECONNECT_MS } from '../ports/limits.ts';
import { fetchNetwork, fetchTestCoins, type Network, NetworkError } from '../ports/network.ts';
import type { Relay } from '../ports/relay-pool.ts';
import { RelayTransport } from '../ports/relay-transport.ts';
import { systemClock, systemRandom } from '../ports/system.ts';
import { engine, type Engine } from '../wallet/engine.ts';
import type { NetworkView } from '../wallet/messages.ts';
import type { Wallet } from '../wallet/wallet.ts';

/**
 * The wallet's way to the network: which one it is, the relays, and what asks servers. A page shows
 * its balance without any of this, so it is loaded after the wallet is open.
 */
export class Link {
  readonly engine: Engine = engine;
  #network: Network | null = null;
  #connection: NetworkView['connection'] = 'connecting';
  #transport: Relay | null = null;
  #wallet: Wallet | null = null;
  readonly #changed: () => void;
  /** Requests that came before the relay had answered, and wait until it is known whether it does. */
  readonly #waiting: (() => void)[] = [];

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  view(): Omit<NetworkView, 'answering'> {
    const remark = this.#transport?.remark;
    return {
      name: this.#network?.name ?? '',
      connection: this.#connection,
      testCoins: (this.#network?.testCoinsUrl ?? null) !== null,
      ...(remark === undefined ? {} : { remark }),
    };
  }

  /** Finds the network and its relays, as long as it takes. Throws NetworkError. */
  async open(): Promise<void> {
    const network = await this.#untilItWorks(() => fetchNetwork(self.location.origin));
    this.#network = network;
    this.#tell();
    this.#transport = await this.#openRelays(network.relays);
    this.#connectWallet();
    this.#tell();
  }

  /** The wallet that asks through it; another one after the storage was read again. It has its engine. */
  serve(wallet: Wallet): void {
    this.#wallet = wallet;
    this.#connectWallet();
  }

  networkLost(): void {
    this.#transport?.networkLost();
  }

  /** The network, as soon as it is known. Rejects with words for a person when the relay is silent. */
  async network(): Promise<Network> {
    // A person may be quicker than the relay: that is no reason to refuse what was asked for.
    while (!this.#network) {
      if (this.#connection === 'offline') {
        throw new Error('The relay has not answered yet. Try again when it is reachable.');
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#network;
  }

  async testCoins(): Promise<Uint8Array> {
    const { testCoinsUrl } = await this.network();
    if (!testCoinsUrl) throw new Error('This network does not hand out test coins.');
    try {
      return await fetchTestCoins(testCoinsUrl);
    } catch {
      throw new Error('The network did not hand out test coins. Is it running? Try again.');
    }
  }

  #connectWallet(): void {
    if (!this.#wallet || !this.#network || !this.#transport) return;
    const ports = { transport: this.#transport, clock: systemClock, random: systemRandom };
    this.#wallet.connect(new this.engine.Requester(ports, this.#network));
  }

  #tell(): void {
    this.#changed();
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  /** What shares out RAIDA among relays is loaded only by those who have several. */
  async #openRelays(origins: readonly string[]): Promise<Relay> {
    const onConnection = (online: boolean) => {
      this.#connection = online ? 'online' : 'offline';
      if (online) this.#wallet?.retryNow();
      this.#tell();
    };
    const [first = '', ...others] = origins;
    if (others.length === 0) return new RelayTransport(first, onConnection);
    const { RelayPool } = await this.#untilItWorks(() => import('../ports/relay-pool.ts'));
    const connect = (...to: ConstructorParameters<typeof RelayTransport>) =>
      new RelayTransport(...to);
    return new RelayPool(origins, connect, onConnection);
  }

  /** Tries until the origin of the page answers. */
  async #untilItWorks<T>(get: () => Promise<T>): Promise<T> {
    for (let pauseMs = FIRST_RECONNECT_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_RECONNECT_MS)) {
      try {
        return await get();
      } catch (error) {
        if (error instanceof NetworkError) throw error;
        this.#connection = 'offline';
        this.#tell();
        await systemClock.sleep(pauseMs);
      }
    }
  }
}
