/** An object, for people and for the catalog. */
export function joinUri(root: string, key: string): string {
  return root.endsWith('/') ? root + key : `${root}/${key}`;
}
