import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * The first load is what index.html names, the worker that it starts, and whatever these two import at
 * once; what they import on demand is not part of it. Read from the built files, so that no new chunk
 * escapes because of its name.
 */
const ASSETS = 'web/dist/assets';

const page = find(
  readFileSync('web/dist/index.html', 'utf8'),
  /src="\/assets\/(index-[\w-]+\.js)"/,
);
const worker = find(readFileSync(`${ASSETS}/${page}`, 'utf8'), /[`"/](main-[\w-]+\.js)[`"]/);

/** @param {string} text @param {RegExp} pattern */
function find(text, pattern) {
  const name = pattern.exec(text)?.[1];
  if (name === undefined) throw new Error(`nothing in web/dist matches ${pattern}: build it first`);
  return name;
}

/** @param {readonly string[]} entries */
function withStaticImports(entries) {
  const found = new Set(entries);
  for (const name of found) {
    const code = readFileSync(`${ASSETS}/${name}`, 'utf8');
    for (const [, path] of code.matchAll(/\b(?:from|import)\s*["'`](\.\/[^"'`]+\.js)["'`]/g)) {
      found.add(basename(path ?? ''));
    }
  }
  return [...found].map((name) => `${ASSETS}/${name}`);
}

export default [
  {
    name: 'first-load script (page and worker)',
    path: withStaticImports([page, worker]),
    limit: '60 kB',
    gzip: true,
  },
  {
    name: 'all script, what is loaded on demand included',
    path: `${ASSETS}/*.js`,
    limit: '220 kB',
    gzip: true,
  },
];
