/** Longest sides, in pixels, at which a picture is looked at: small codes need more, noisy photos less. */
const SIDES = [1600, 800, 3200];

/** What the QR code in a picture says; null when none is found. */
export async function readCode(picture: Blob): Promise<string | null> {
  const [bitmap, { decodeQR }] = await Promise.all([
    createImageBitmap(picture),
    import('qr/decode.js'),
  ]);
  try {
    for (const side of SIDES) {
      const pixels = scaled(bitmap, Math.min(1, side / Math.max(bitmap.width, bitmap.height)));
      if (pixels === null) return null;
      try {
        return decodeQR(pixels);
      } catch {
        // None at this size.
      }
    }
    return null;
  } finally {
    bitmap.close();
  }
}

function scaled(bitmap: ImageBitmap, scale: number): ImageData | null {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return null;
  // A picture may be transparent where the code is white.
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
