import type { CallOptions, SqlRow, Thumbnail } from '@datavis/plugin-sdk';

/** A picture of a sheet. It is drawn when it is asked for, so that one at a time is in memory. */
export interface PreviewPicture {
  readonly fileName: string;
  readonly split: string | null;
  /** Undefined where there is no file. */
  draw(sizePx: number, call: CallOptions): Promise<Pick<Thumbnail, 'bytes' | 'contentType'> | undefined>;
}

/** What a row of an image says of its name. */
export function nameOf(row: SqlRow): Pick<PreviewPicture, 'fileName' | 'split'> {
  const { file_name: fileName, split } = row;
  return {
    fileName: typeof fileName === 'string' ? fileName : `key:${String(row['image_key'])}`,
    split: typeof split === 'string' ? split : null,
  };
}
