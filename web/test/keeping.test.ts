import { describe, expect, it } from 'vitest';
import { Keeping } from '../src/state/keeping.svelte.ts';

/** Everything that was promised has come. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

function storage(persisted: boolean, persist: () => Promise<boolean>) {
  return { persisted: () => Promise.resolve(persisted), persist };
}

describe('whether the browser keeps the coins', () => {
  it('is known without asking when it has promised before', async () => {
    let asked = 0;
    const place = storage(true, () => Promise.resolve(++asked > 0));
    const keeping = new Keeping({ storage: place, forgets: false });
    await settled();
    expect(keeping.answer).toBe('promised');
    await keeping.ask();
    expect(asked).toBe(0);
  });

  it.each([true, false])('is asked, and answered with %s', async (answer) => {
    const place = storage(false, () => Promise.resolve(answer));
    const keeping = new Keeping({ storage: place, forgets: false });
    await settled();
    expect(keeping.answer).toBe('unasked');
    await keeping.ask();
    expect(keeping).toMatchObject({ answer: answer ? 'promised' : 'refused', asking: false });
  });

  it('is not known where there is nobody to ask, or no answer', async () => {
    const nobody = new Keeping({ storage: undefined, forgets: true });
    await nobody.ask();
    expect(nobody.answer).toBe('unavailable');
    const broken = storage(false, () => Promise.reject(new Error('private window')));
    const keeping = new Keeping({ storage: broken, forgets: false });
    await keeping.ask();
    expect(keeping).toMatchObject({ answer: 'unavailable', asking: false });
  });
});
