import { describe, expect, it } from 'vitest';
import { latestAnswers } from '../src/state/network.ts';
import type { NetworkView } from '../src/wallet/messages.ts';
import { deposit, walletView } from './page-view.ts';

const network: NetworkView = {
  name: 'Local',
  connection: 'online',
  testCoins: true,
  answering: 25,
};

describe('how many servers answered last', () => {
  it('is what the network says', () => {
    expect(latestAnswers(network, walletView())).toBe(25);
    expect(latestAnswers({ ...network, answering: null }, walletView())).toBeNull();
  });

  it('is not known while none was asked', () => {
    const reloaded = walletView({
      deposits: [deposit({ stage: 'settling', answeringServers: 0 })],
    });
    expect(latestAnswers({ ...network, answering: null }, reloaded)).toBeNull();
  });

  it('is what a waiting deposit found, not what an older one found', () => {
    const older = deposit({ id: 1, stage: 'settling', answeringServers: 13 });
    const waiting = deposit({ id: 2, stage: 'waiting', answeringServers: 0 });
    const view = walletView({ deposits: [waiting, older] });
    expect(latestAnswers({ ...network, answering: 13 }, view)).toBe(0);
  });

  it('is not known without a connection', () => {
    expect(latestAnswers(null, null)).toBeNull();
    expect(latestAnswers({ ...network, connection: 'offline' }, walletView())).toBeNull();
    expect(latestAnswers({ ...network, connection: 'connecting' }, walletView())).toBeNull();
  });
});
