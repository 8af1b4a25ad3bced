/** URI of an object, as people and the catalog name it: the root of its store and its key, nothing escaped. */
export function joinUri(root: string, key: string): string {
  return root.endsWith('/') ? root + key : `${root}/${key}`;
}
