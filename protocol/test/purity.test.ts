import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/** The language compiles without a browser and without Node, and so runs in both. */

const CONFIG = fileURLToPath(new URL('../tsconfig.json', import.meta.url));
const SNIPPET = fileURLToPath(new URL('../src/snippet.ts', import.meta.url));

function readOptions(): ts.CompilerOptions {
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic(diagnostic) {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
    },
  };
  const parsed = ts.getParsedCommandLineOfConfigFile(CONFIG, {}, host);
  if (!parsed) throw new Error('no configuration');
  return { ...parsed.options, noEmit: true, composite: false, incremental: false };
}

/** What the compiler says of one more file in `src`, under the options of this package. */
function compile(text: string): string[] {
  const options = readOptions();
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name === SNIPPET || fileExists(name);
  host.readFile = (name) => (name === SNIPPET ? text : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === SNIPPET ? ts.createSourceFile(name, text, rest[0]) : getSourceFile(name, ...rest);
  const program = ts.createProgram([SNIPPET], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const TIMEOUT_MS = 60_000;

describe('what is no part of the language does not compile', { timeout: TIMEOUT_MS }, () => {
  test('plain TypeScript does, so that the other cases mean something', () => {
    const text = `import { crc32 } from './crc32.ts';\nexport const a = crc32(new Uint8Array(12));`;
    expect(compile(text)).toEqual([]);
  });

  const names = ['Buffer', 'process', 'window', 'document', 'crypto', 'setTimeout', 'TextDecoder'];
  for (const name of names) {
    test(name, () => {
      expect(compile(`export const a: unknown = ${name};`).join()).toContain(`'${name}'`);
    });
  }

  test('a module of Node', () => {
    const said = compile(`export { readFileSync } from 'node:fs';`);
    expect(said.join()).toContain("'node:fs'");
  });

  test('an enum, which leaves code behind', () => {
    expect(compile('export enum Fruit { Apple }').join()).toContain('erasableSyntaxOnly');
  });
});
