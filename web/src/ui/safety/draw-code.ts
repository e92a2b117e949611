/** Version 30 of a QR code: the finest that a phone's camera still reads from another phone's screen. */
const MAX_ALPHANUMERIC = 2520;
const MAX_BYTES = 1732;

export interface Code {
  /** In modules, with the quiet border. */
  readonly side: number;
  /** The dark modules. */
  readonly path: string;
}

const ALPHANUMERIC = /^[0-9A-Z $%*+\-./:]*$/u;

/** Null when the text does not fit into one code. */
export async function drawCode(text: string): Promise<Code | null> {
  const alphanumeric = ALPHANUMERIC.test(text);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > (alphanumeric ? MAX_ALPHANUMERIC : MAX_BYTES)) return null;
  const { encodeQR } = await import('qr');
  const rows = encodeQR(text, 'raw', {
    ecc: 'low',
    encoding: alphanumeric ? 'alphanumeric' : 'byte',
    border: 3,
  });
  return { side: rows.length, path: rows.map(rowPath).join('') };
}

/** One line for each run of dark modules. */
function rowPath(row: readonly boolean[], y: number): string {
  let path = '';
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue;
    const from = x;
    while (row[x + 1]) x++;
    path += `M${from} ${y}h${x - from + 1}v1h-${x - from + 1}z`;
  }
  return path;
}
