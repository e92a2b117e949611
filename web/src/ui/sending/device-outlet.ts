import { FILE_URL_LIFE_MS } from '../../limits.ts';
import type { Outlet } from '../../state/sends.svelte.ts';
import type { HandedFile } from '../../state/wallet.svelte.ts';

const FILE_TYPE = 'application/octet-stream';

/** How a file leaves the page: as a download, or through what the system shares files with. */
export const deviceOutlet: Outlet = {
  canShare: systemSharesFiles(),

  save(handed) {
    const url = URL.createObjectURL(toFile(handed));
    const link = document.createElement('a');
    link.href = url;
    link.download = handed.name;
    link.click();
    // The browser reads the file after the click. Then nothing of it stays in the page.
    setTimeout(() => URL.revokeObjectURL(url), FILE_URL_LIFE_MS);
  },

  async share(handed) {
    try {
      await navigator.share({ files: [toFile(handed)] });
      return 'shared';
    } catch (error) {
      // Some browsers say only now that they share no files of this kind.
      const cancelled = error instanceof DOMException && error.name === 'AbortError';
      return cancelled ? 'cancelled' : 'refused';
    }
  },
};

function systemSharesFiles(): boolean {
  if (typeof navigator.canShare !== 'function') return false;
  return navigator.canShare({ files: [new File([], 'coins.bin', { type: FILE_TYPE })] });
}

function toFile({ name, bytes }: HandedFile): File {
  return new File([bytes.slice()], name, { type: FILE_TYPE });
}
