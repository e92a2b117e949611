/**
 * The rules of the house that a linter can hold. What the compiler holds already (no enums, no
 * `window` in `protocol`) is not said again.
 */
import { basename } from 'node:path';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './web/svelte.config.js';

const TESTS = ['**/test/**', 'e2e/**'];

/** `kebab-case.ts` and `PascalCase.svelte`, so that a name says what a file is. */
const fileName = {
  meta: { type: 'layout', schema: [], messages: { wrong: '{{name}} should be {{form}}' } },
  create: (context) => ({
    Program(node) {
      const name = basename(context.filename);
      const component = name.endsWith('.svelte');
      const form = component ? 'PascalCase' : 'kebab-case';
      const good = component
        ? /^[A-Z][A-Za-z0-9]*\.svelte$/
        : /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)+$/;
      if (!good.test(name)) context.report({ node, messageId: 'wrong', data: { name, form } });
    },
  }),
};

/** Tests that do not run, or that keep others from running, are none. */
const noSkippedTests = ['it', 'test', 'describe', 'suite'].flatMap((object) =>
  ['skip', 'only', 'todo', 'fixme', 'skipIf', 'runIf'].map((property) => ({
    object,
    property,
    message: 'Every test runs, always.',
  })),
);

/**
 * Which way the arrows point: a folder imports of the workspaces those that it names, and reaches
 * into no other folder by a relative path.
 */
function boundary(folder, allowed) {
  const others = ['protocol', 'raida', 'relay', 'web', 'e2e'].filter((name) => name !== folder);
  const packages = others.filter((name) => !allowed.includes(name));
  const message = `${folder} imports ${allowed.join(', ') || 'no workspace'} only.`;
  const patterns = [
    { regex: `^(\\.\\./)+(${others.join('|')})/`, message: 'Import a workspace by its name.' },
  ];
  if (packages.length > 0) {
    patterns.push({ regex: `^@raida-wallet/(${packages.join('|')})(/|$)`, message });
  }
  return {
    name: `house/boundary/${folder}`,
    files: [`${folder}/**`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

/** What only the ports may touch. The wallet's operations get all of it injected. */
const PORTS_ONLY = [
  ...['setTimeout', 'setInterval', 'queueMicrotask', 'Date', 'performance', 'crypto'],
  ...['indexedDB', 'navigator', 'fetch', 'WebSocket', 'console', 'window', 'document', 'self'],
  'globalThis',
];

export default defineConfig(
  globalIgnores(['**/dist/', '**/dist-*/', '**/vectors/', 'data/', '.cache/', '**/test-results/']),
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  {
    name: 'house',
    plugins: { house: { rules: { 'file-name': fileName } } },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        // The same for all files: each change of it would load every project again.
        extraFileExtensions: ['.svelte'],
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'house/file-name': 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70 }],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // There are no enums here (`erasableSyntaxOnly`), and looking for them takes its time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // `bytes[offset]!` after a length check is how a codec reads; `noUncheckedIndexedAccess`
      // makes every other use of an index prove itself.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A command without parameters takes an empty object.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // Our own short codes (`[...'ppp']`); what a person typed is never taken apart.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // `() => void promise` and `(resolve) => setTimeout(resolve)` mean what they say.
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  {
    name: 'house/svelte',
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        parser: ts.parser,
        svelteConfig,
      },
    },
  },
  {
    name: 'house/components',
    files: ['**/*.svelte'],
    // svelte-check knows the types of a template; the linter's parser guesses some as `any`.
    extends: [ts.configs.disableTypeChecked],
    rules: {
      // The same rule, but it knows that a prop is assigned from outside.
      'prefer-const': 'off',
      'svelte/prefer-const': 'error',
    },
  },
  {
    name: 'house/scripts',
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: globals.node },
    rules: {
      'no-console': 'off',
      // The linter does not see casts in comments. The compiler does (`checkJs`).
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    name: 'house/without-types',
    // Settings of tools and benchmarks belong to no TypeScript project.
    files: ['*.js', '*.ts', '.*.mjs', 'web/*.js', '*/bench/**/*.mjs', '*/fuzz/**/*.mjs'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
  },
  {
    name: 'house/typed-tests',
    files: ['{protocol,raida,relay,web}/{test,bench,fuzz}/**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: false, project: ['./*/tsconfig.test.json'] },
    },
  },
  {
    name: 'house/tests',
    files: TESTS,
    rules: {
      // The callback of a `describe` is a chapter, not a function.
      'max-lines-per-function': 'off',
      // `readVector<Pown>(name)`: the type says what the test expects, and the test proves it.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Codecs are plain objects of functions that know no `this`; tests take them apart.
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-properties': ['error', ...noSkippedTests],
    },
  },
  {
    name: 'house/commands',
    // What a person starts talks to that person.
    files: ['raida/src/main.ts', 'relay/src/main.ts', '*/bench/**', '*/fuzz/**'],
    rules: { 'no-console': 'off' },
  },
  {
    name: 'house/playwright',
    files: ['e2e/**'],
    // Playwright reads from the pattern which fixtures a function needs: `({}, use)` is none.
    rules: { 'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }] },
  },
  boundary('protocol', []),
  boundary('raida', ['protocol']),
  boundary('relay', ['protocol']),
  boundary('web', ['protocol']),
  boundary('e2e', ['protocol', 'raida', 'relay', 'web']),
  {
    name: 'house/wallet',
    files: ['web/src/wallet/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\.{1,2}/|@raida-wallet/protocol$|@noble/|cborg$)',
              message: 'The operations are pure: everything else comes in through their ports.',
            },
            { regex: '\\.svelte', message: 'The operations know no page.' },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...PORTS_ONLY.map((name) => ({ name, message: 'Use the injected port.' })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Use the injected random port.' },
      ],
    },
  },
);
