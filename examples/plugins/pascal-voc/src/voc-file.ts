import { SaxesParser } from 'saxes';

export interface VocObject {
  readonly name?: string;
  /** `[xmin, ymin, xmax, ymax]` as written. */
  readonly box?: readonly [number, number, number, number];
  readonly pose?: string;
  readonly truncated?: number;
  readonly difficult?: number;
  readonly occluded?: number;
  /** Parts such as head and hands, as written. */
  readonly parts?: readonly { readonly name?: string; readonly box?: readonly number[] }[];
}

export interface VocFile {
  readonly image: {
    readonly file_name?: string;
    readonly folder?: string;
    readonly segmented?: number;
    readonly widthPx?: number;
    readonly heightPx?: number;
  };
  readonly objects: readonly VocObject[];
}

interface Node {
  readonly name: string;
  readonly children: Node[];
  text: string;
}

function toTree(xml: string): Node {
  const parser = new SaxesParser();
  const root: Node = { name: '', children: [], text: '' };
  const open = [root];
  parser.on('opentag', ({ name }) => {
    const node: Node = { name, children: [], text: '' };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  });
  parser.on('closetag', () => void open.pop());
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return root;
}

const child = (node: Node | undefined, name: string): Node | undefined =>
  node?.children.find((one) => one.name === name);

function textOf(node: Node | undefined, name: string): string | undefined {
  const text = child(node, name)?.text.trim();
  return text === undefined || text === '' ? undefined : text;
}

function numberOf(node: Node | undefined, name: string): number | undefined {
  const value = Number(textOf(node, name) ?? NaN);
  return Number.isFinite(value) ? value : undefined;
}

function boxOf(node: Node): readonly [number, number, number, number] | undefined {
  const box = child(node, 'bndbox');
  const [xmin, ymin, xmax, ymax] = ['xmin', 'ymin', 'xmax', 'ymax'].map((name) => numberOf(box, name));
  return xmin === undefined || ymin === undefined || xmax === undefined || ymax === undefined
    ? undefined
    : [xmin, ymin, xmax, ymax];
}

/** Only the fields that have a value. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function objectOf(node: Node): VocObject {
  const parts = node.children
    .filter(({ name }) => name === 'part')
    .map((part) => present({ name: textOf(part, 'name'), box: boxOf(part) }));
  return present({
    name: textOf(node, 'name'),
    box: boxOf(node),
    pose: textOf(node, 'pose'),
    truncated: numberOf(node, 'truncated'),
    difficult: numberOf(node, 'difficult'),
    occluded: numberOf(node, 'occluded'),
    parts: parts.length === 0 ? undefined : parts,
  });
}

/** One annotation file; a text says why it is none. */
export function parseVoc(xml: string): VocFile | string {
  let root: Node;
  try {
    root = toTree(xml);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const annotation = child(root, 'annotation');
  if (annotation === undefined) return 'no <annotation>';
  const size = child(annotation, 'size');
  return {
    image: present({
      file_name: textOf(annotation, 'filename'),
      folder: textOf(annotation, 'folder'),
      segmented: numberOf(annotation, 'segmented'),
      widthPx: numberOf(size, 'width'),
      heightPx: numberOf(size, 'height'),
    }),
    objects: annotation.children.filter(({ name }) => name === 'object').map(objectOf),
  };
}
