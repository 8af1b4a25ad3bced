/** Bounds of a number; a missing one is open. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly minExclusive?: boolean;
  readonly maxExclusive?: boolean;
}

/** One of `anyOf` (empty: any), and none of `noneOf`. */
export interface NameSet {
  readonly anyOf: readonly string[];
  readonly noneOf: readonly string[];
}

/** A condition on a plugin's column. */
export interface ColumnTerm {
  readonly namespace: string;
  readonly column: string;
  readonly test: { readonly equals: string | number | boolean } | NumberRange;
}

/**
 * Which records are asked for: all conditions hold, an absent one holds always. For images, the conditions on
 * annotations (category, supercategory, area, score, crowd) ask for one annotation that meets them all; names to be
 * excluded ask that no annotation has them.
 */
export interface RecordFilter {
  /** Ids as in the source, whole: of the image, or of the annotation. */
  readonly id?: readonly string[];
  /** Names of files as listed, or their last parts. */
  readonly file?: readonly string[];
  readonly category?: NameSet;
  readonly supercategory?: NameSet;
  readonly split?: NameSet;
  /** Codes of findings about the record. Findings are kept as samples: beyond them this misses records. */
  readonly finding?: NameSet;
  /** Square pixels; where the source has none, the area derived from the shape. */
  readonly area?: NumberRange;
  readonly score?: NumberRange;
  /** Of the image, in pixels. */
  readonly width?: NumberRange;
  readonly height?: NumberRange;
  readonly crowd?: boolean;
  /** Whether the image's file is missing. */
  readonly missing?: boolean;
  /** Whether the image has annotations. */
  readonly annotated?: boolean;
  /** Part of a file name or a caption, whatever the case. */
  readonly text?: string;
  readonly columns?: readonly ColumnTerm[];
}
