const decoder = new TextDecoder();

/** Bytes at a file's start that {@link topLevelKeys} is worth reading. */
export const SNIFF_BYTES = 65_536;

/** Whether the head of a JSON file can be that of a COCO file. `whole`: there is nothing after it. */
export function mayBeCoco(head: Uint8Array, whole: boolean): boolean {
  // UTF-16 is for the reader to refuse, with what to do about it.
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true;
  const text = decoder.decode(head).trimStart();
  // A root list is a results file, or for the reader to refuse with its reason.
  if (text.startsWith('[')) return true;
  const keys = topLevelKeys(text);
  return keys.some((key) => key === 'images' || key === 'annotations') || !whole;
}

/** Keys of the root object, as far as the text goes. A glance at brackets and strings, not a check of the syntax. */
export function topLevelKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let last = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/gs)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === ':' && depth === 1) keys.push(last);
    else if (depth === 1) last = token.slice(1, -1);
  }
  return keys;
}
