/**
 * What `vault.bench.mjs` measures, in a page or in a worker: each piece of the vault's work beside its
 * floor, which moves or stretches the very same bytes and does nothing else. The text of this function
 * is what runs there; `modules` are the wallet's own.
 */
export function install(modules) {
  const { indexedDB, crypto, performance } = globalThis;
  const { IdbRecords, OpfsCopy, SealedStore, RecordCipher, Wallet } = modules;
  const { apply, decodeEntry, encodeEntry, newLedger, openCopy, packIds, snapshot } = modules;
  const { encodeHeader, newHeader, openWithPassphrase, stretch } = modules;

  const PASSPHRASE = 'quiet otter paints nine doors';
  const RAIDA_COUNT = 25;
  const ROW_BYTES = RAIDA_COUNT * 16;
  const ALL_RAIDA = 2 ** RAIDA_COUNT - 1;
  const DENOMINATIONS = 15;
  const LEAST_DN = -8;
  const CLAIMED_MS = 1_700_000_000_000;
  const SETTLED_MS = CLAIMED_MS + 400_000;

  const events = { blocked() {}, outdated() {}, lost() {} };
  const random = { fill: (bytes) => fill(bytes) };
  const clock = { now: () => Date.now(), steadyMs: () => performance.now(), sleep: () => never };
  const never = new Promise(() => undefined);

  /** At most 65,536 bytes come at once. */
  function fill(bytes) {
    for (let at = 0; at < bytes.length; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    }
    return bytes;
  }

  const bytes = (count) => fill(new Uint8Array(count));

  function tokens(count) {
    return Array.from({ length: count }, (_, i) => ({
      dn: LEAST_DN + (i % DENOMINATIONS),
      sn: i + 1,
    }));
  }

  function importOf(deposit, some) {
    return {
      kind: 'import',
      deposit,
      atMs: CLAIMED_MS,
      names: ['coins.bin'],
      ids: packIds(some),
      rowCounts: new Uint8Array(some.length).fill(1),
      secrets: bytes(some.length * ROW_BYTES),
    };
  }

  /** Coins that came in, were moved, and have settled, as a compaction writes them. */
  function walletOf(count) {
    const ledger = newLedger();
    const some = tokens(count);
    const ids = packIds(some);
    const secrets = bytes(count * ROW_BYTES);
    const groups = [{ ids, raidas: ALL_RAIDA, row: 1 }];
    apply(ledger, { kind: 'seed', seed: bytes(32) });
    apply(ledger, importOf(1, some));
    apply(ledger, { kind: 'plan', ids, counters: some.map(() => 0), secrets });
    apply(ledger, { kind: 'prove', atMs: CLAIMED_MS, groups });
    apply(ledger, { kind: 'prove', atMs: SETTLED_MS, groups });
    apply(ledger, { kind: 'close', deposit: 1, repairs: 0, atMs: SETTLED_MS });
    return snapshot(ledger).map(encodeEntry);
  }

  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  async function openBare() {
    const request = indexedDB.open('bare', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('pages');
      request.result.createObjectStore('journal');
    };
    return done(request);
  }

  async function putBare(database, name, records) {
    const transaction = database.transaction(name, 'readwrite', { durability: 'strict' });
    for (const [key, record] of records) transaction.objectStore(name).add(record, key);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  }

  let header;
  let cipher;
  let writing;
  let bare;
  let written = 0;
  let sealedBytes = 0;

  async function openStore() {
    const records = await IdbRecords.open(events);
    return new SealedStore(encodeHeader(header), cipher, records, new OpfsCopy());
  }

  /** Every one gives milliseconds. */
  async function timed(act) {
    const begun = performance.now();
    const result = await act();
    return { ms: performance.now() - begun, result };
  }

  async function measureUnlock() {
    const floor = await timed(() => stretch(PASSPHRASE, header.passphrase));
    const ours = await timed(async () =>
      RecordCipher.fromVaultKey(await openWithPassphrase(header, PASSPHRASE)),
    );
    return { floorMs: floor.ms, oursMs: ours.ms, bytes: 0 };
  }

  async function measureOpening() {
    const floor = await timed(async () => {
      const database = await openBare();
      const pages = await done(database.transaction('pages').objectStore('pages').getAll());
      database.close();
      return pages;
    });
    const ours = await timed(async () => {
      const store = await openStore();
      const ports = { store, clock, random };
      const wallet = await Wallet.open(ports, { changed() {}, failed() {} });
      return { store, wallet };
    });
    const { store, wallet } = ours.result;
    const { coins } = wallet.view();
    const copy = store.secondCopy;
    store.close();
    return {
      floorMs: floor.ms,
      oursMs: ours.ms,
      bytes: floor.result.reduce((sum, { length }) => sum + length, 0),
      coins: coins.length,
      copy,
      parts: await measureParts(),
    };
  }

  /** What opening is made of, one after the other; without the second copy. */
  async function measureParts() {
    const opening = await timed(() => IdbRecords.open(events));
    const read = await timed(() => opening.result.load());
    opening.result.close();
    const unsealed = await timed(() => openCopy(read.result, cipher));
    const decoded = await timed(() => unsealed.result.pages.map(decodeEntry));
    const ledger = newLedger();
    const applied = await timed(() => decoded.result.forEach((entry) => apply(ledger, entry)));
    return {
      openMs: opening.ms,
      readMs: read.ms,
      unsealMs: unsealed.ms,
      decodeMs: decoded.ms,
      applyMs: applied.ms,
    };
  }

  /** The whole of a deposit's first entry. `count`: of its tokens. */
  async function measureJournal(count) {
    const entry = importOf(2 + written, tokens(count));
    const ours = await timed(() => writing.append(encodeEntry(entry)));
    const size = encodeEntry(entry).length + modules.SEAL_BYTES;
    const record = bytes(size);
    const floor = await timed(() => putBare(bare, 'journal', [[written, record]]));
    written++;
    return { floorMs: floor.ms, oursMs: ours.ms, bytes: size };
  }

  globalThis.vaultWork = {
    /** Makes the wallet, once. */
    async prepare(count) {
      const vaultKey = bytes(32);
      header = await newHeader(vaultKey, PASSPHRASE, random, 10);
      cipher = await RecordCipher.fromVaultKey(vaultKey);
      const records = await IdbRecords.open(events);
      await SealedStore.create(cipher, records, encodeHeader(header), walletOf(count));
      const { base } = await records.load();
      records.close();
      const { memoryKib, passes, lanes } = header.passphrase;
      bare = await openBare();
      await putBare(
        bare,
        'pages',
        base.pages.map((page, i) => [i, page]),
      );
      sealedBytes = base.pages.reduce((sum, { length }) => sum + length, 0);
      return { sealedBytes, pages: base.pages.length, kdf: { memoryKib, passes, lanes } };
    },
    measureUnlock,
    measureOpening,
    /** To be called once after the last opening: whoever opens takes the wallet over. */
    async startWriting() {
      writing = await openStore();
      await writing.load();
      return writing.secondCopy;
    },
    measureJournal,
  };
}
