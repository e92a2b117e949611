import { describe, expect, it } from 'vitest';
import { OnDemand } from '../src/state/on-demand.svelte.ts';

describe('a part of the page that is loaded when it is needed', () => {
  it('is loaded once, however often it is needed', async () => {
    let loads = 0;
    const part = new OnDemand(() => Promise.resolve(++loads));
    expect(part.part).toBeNull();
    await Promise.all([part.need(), part.need()]);
    await part.need();
    expect(part).toMatchObject({ part: 1, failed: false });
  });

  it('says when it failed, and is tried again when it is needed again', async () => {
    let works = false;
    const part = new OnDemand(() =>
      works ? Promise.resolve('here') : Promise.reject(new Error('offline')),
    );
    await part.need();
    expect(part).toMatchObject({ part: null, failed: true });
    works = true;
    await part.need();
    expect(part).toMatchObject({ part: 'here', failed: false });
  });
});
