/** Optional entries, where absent and undefined must not differ. */

/** The entries that have a value. */
export function defined<T extends object>(entries: { readonly [K in keyof T]?: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Partial<T>;
}
