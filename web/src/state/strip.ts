import type { Mark } from '../wallet/messages.ts';

/**
 * A strip shows 25 servers as 25 shapes in five groups of five. One path holds all shapes of a kind,
 * so that a coin costs one to six elements instead of 25: thousands of strips stay light.
 *
 *   c filled disc · m ring, half filled · k open ring · r cross · s dash · u small dot
 *
 * Shape alone tells them apart; colour only repeats it.
 */
export interface StripPath {
  readonly mark: Mark;
  readonly d: string;
}

/** In the units of the strip's view box; one unit is one CSS pixel at the usual size. */
const CELL = 10;
const GROUP = 5;
const GROUP_GAP = 4;
const RADIUS = 3.6;
const HOLE_RADIUS = 2.4;
const DOT_RADIUS = 1.3;
const ARM = 3.3;
/** Half of a dash's height, and how far a cross's inner corners lie from its middle. */
const THICKNESS = 0.85;
const CROSS_WAIST = 1.2;
const MIDDLE = CELL / 2;

export const STRIP_HEIGHT = CELL;

export function stripWidth(servers: number): number {
  return servers * CELL + Math.floor((servers - 1) / GROUP) * GROUP_GAP;
}

/** Drawn in this order; also the order of the legend. */
export const MARKS: readonly Mark[] = ['c', 'm', 'k', 'r', 's', 'u'];

/** Most coins of a wallet look alike, so drawn strips are worth remembering. */
const drawn = new Map<string, readonly StripPath[]>();
const MAX_DRAWN = 512;

export function stripPaths(marks: string): readonly StripPath[] {
  const known = drawn.get(marks);
  if (known !== undefined) return known;
  const paths = draw(marks);
  if (drawn.size >= MAX_DRAWN) drawn.clear();
  drawn.set(marks, paths);
  return paths;
}

function draw(marks: string): StripPath[] {
  const byMark = new Map<Mark, string>();
  for (let server = 0; server < marks.length; server++) {
    const mark = asMark(marks[server]);
    byMark.set(mark, (byMark.get(mark) ?? '') + shape(mark, centre(server)));
  }
  return MARKS.flatMap((mark) => {
    const d = byMark.get(mark);
    return d === undefined ? [] : [{ mark, d }];
  });
}

/** A letter that this page does not know yet is shown as "not asked": it claims nothing. */
function asMark(letter: string | undefined): Mark {
  return MARKS.find((mark) => mark === letter) ?? 'u';
}

function centre(server: number): number {
  return server * CELL + Math.floor(server / GROUP) * GROUP_GAP + MIDDLE;
}

function shape(mark: Mark, x: number): string {
  switch (mark) {
    case 'c':
      return disc(x, RADIUS);
    case 'm':
      return disc(x, RADIUS) + disc(x, HOLE_RADIUS) + leftHalf(x, HOLE_RADIUS);
    case 'k':
      return disc(x, RADIUS) + disc(x, HOLE_RADIUS);
    case 'r':
      return cross(x);
    case 's':
      return dash(x);
    case 'u':
      return disc(x, DOT_RADIUS);
  }
}

/** Paths are filled by the even-odd rule: a disc within a disc is a hole. */
function disc(x: number, radius: number): string {
  const across = radius * 2;
  return `M${round(x - radius)} ${MIDDLE}a${radius} ${radius} 0 1 0 ${across} 0a${radius} ${radius} 0 1 0-${across} 0z`;
}

function leftHalf(x: number, radius: number): string {
  return `M${round(x)} ${round(MIDDLE - radius)}a${radius} ${radius} 0 0 0 0 ${radius * 2}z`;
}

function dash(x: number): string {
  return `M${round(x - ARM)} ${round(MIDDLE - THICKNESS)}h${ARM * 2}v${THICKNESS * 2}h-${ARM * 2}z`;
}

/** One outline of twelve corners: two crossing bars would leave a hole under the even-odd rule. */
function cross(x: number): string {
  const end = ARM - CROSS_WAIST;
  const corners = [
    [-ARM, -end],
    [-end, -ARM],
    [0, -CROSS_WAIST],
    [end, -ARM],
    [ARM, -end],
    [CROSS_WAIST, 0],
    [ARM, end],
    [end, ARM],
    [0, CROSS_WAIST],
    [-end, ARM],
    [-ARM, end],
    [-CROSS_WAIST, 0],
  ] as const;
  const points = corners.map(([dx, dy]) => `${round(x + dx)} ${round(MIDDLE + dy)}`);
  return `M${points.join('L')}z`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
