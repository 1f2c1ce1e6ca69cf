/**
 * Rows in a fixed order, kept sorted as they come and go: a row costs a search and a move of what stands
 * behind it, never a sort of all. What `list` gives is never changed afterwards: the first change after it
 * is made to a copy.
 */
export interface SortedRows<Row> {
  /** Rows that compare as equal stand in no particular order, so `compare` should tell all apart. */
  insert(row: Row): void;
  /** Takes out the row that compares as equal; nothing happens where there is none. */
  remove(row: Row): void;
  list(): readonly Row[];
}

/** @param compare negative where `a` stands in front of `b`, 0 only for one and the same place */
export function createSortedRows<Row>(compare: (a: Row, b: Row) => number): SortedRows<Row> {
  let rows: Row[] = [];
  let isGiven = false;

  /** Where the row stands, or would stand. */
  function placeOf(row: Row): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = rows[middle];
      if (other !== undefined && compare(other, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function change(place: number, removed: number, ...added: Row[]): void {
    if (isGiven) rows = [...rows];
    isGiven = false;
    rows.splice(place, removed, ...added);
  }

  return {
    insert: (row) => {
      change(placeOf(row), 0, row);
    },
    remove(row) {
      const place = placeOf(row);
      const found = rows[place];
      if (found !== undefined && compare(found, row) === 0) change(place, 1);
    },
    list() {
      isGiven = true;
      return rows;
    },
  };
}
