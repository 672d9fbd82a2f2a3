// The tablet's own storage: a thin layer over IndexedDB. What it promises is on the disk once it resolves.

const NAME = "labeler";
const VERSION = 1;
const OPEN_MS = 5000;

export class StorageRefused extends Error {}

const make = (db) => {
  const deeds = db.createObjectStore("deeds", { keyPath: "seq", autoIncrement: true });
  deeds.createIndex("turn", ["author.id", "state", "seq"]);
  deeds.createIndex("submission", "submission_id");
  db.createObjectStore("receipts", { keyPath: "submission_id" });
  db.createObjectStore("lease", { keyPath: "name" });
  db.createObjectStore("ahead", { keyPath: "assignment" }).createIndex("shelf", ["author", "project", "order"]);
  db.createObjectStore("standards", { keyPath: ["project", "version"] });
};

let opening = null;
let closed = () => {};

/** `act()` is called when the browser has closed the storage under the page: it may have been cleared. */
export const whenClosed = (act) => { closed = act; };

const open = () =>
  new Promise((resolve, reject) => {
    const refuse = (why) => {
      clearTimeout(timer);
      opening = null; // the next one may try again
      reject(new StorageRefused(String(why)));
    };
    // Refused for as long as it says nothing: not every step waits for it anew.
    const timer = setTimeout(() => reject(new StorageRefused("no answer")), OPEN_MS);
    let asked;
    try {
      asked = indexedDB.open(NAME, VERSION);
    } catch (error) {
      refuse(error); // some private modes throw at once
      return;
    }
    asked.onupgradeneeded = () => make(asked.result);
    asked.onerror = () => refuse(asked.error);
    asked.onblocked = () => refuse("blocked by an older page");
    asked.onsuccess = () => {
      clearTimeout(timer);
      const db = asked.result;
      db.onclose = () => {
        opening = null;
        closed();
      };
      db.onversionchange = () => {
        db.close();
        opening = null;
      };
      opening = Promise.resolve(db); // it may be late
      resolve(db);
    };
  });

const opened = () => (opening ??= open());

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** What the work inside a transaction may do; each answers a promise that keeps the transaction alive. */
class Rows {
  #transaction;

  constructor(transaction) {
    this.#transaction = transaction;
  }

  #source(store, index) {
    const rows = this.#transaction.objectStore(store);
    return index ? rows.index(index) : rows;
  }

  get(store, key, index) {
    return answer(this.#source(store, index).get(key));
  }

  all(store, range, index) {
    return answer(this.#source(store, index).getAll(range));
  }

  /** The primary keys alone, where the rows themselves are large. */
  keys(store, range, index) {
    return answer(this.#source(store, index).getAllKeys(range));
  }

  count(store, range, index) {
    return answer(this.#source(store, index).count(range));
  }

  put(store, row) {
    return answer(this.#source(store).put(row));
  }

  delete(store, key) {
    return answer(this.#source(store).delete(key));
  }
}

const begin = async (stores, mode) => {
  try {
    return (await opened()).transaction(stores, mode, { durability: "strict" });
  } catch (error) {
    if (error instanceof StorageRefused) throw error;
    opening = null; // the browser closed it under us: once more
    return (await opened()).transaction(stores, mode, { durability: "strict" });
  }
};

/**
 * Runs `work(rows)` in one transaction over `stores` ("readonly" or "readwrite") and answers what it answered,
 * after the transaction is complete: everything it wrote is on the disk, or nothing is. `work` may await only
 * what `rows` gives. Raises StorageRefused when the storage cannot be opened or has no room.
 */
export const transact = async (stores, mode, work) => {
  const transaction = await begin(stores, mode).catch((error) => {
    throw new StorageRefused(String(error));
  });
  return new Promise((resolve, reject) => {
    let result;
    let why = null;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(new StorageRefused(String(transaction.error ?? why)));
    work(new Rows(transaction)).then(
      (done) => { result = done; },
      (error) => {
        why = error;
        try {
          transaction.abort();
        } catch {
          reject(new StorageRefused(String(why))); // it has ended by itself
        }
      },
    );
  });
};

/** Every key that begins with `parts`. */
export const beginning = (...parts) => IDBKeyRange.bound(parts, [...parts, []]);
