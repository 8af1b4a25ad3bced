import type { FindingAction, FindingSeverity } from '@datavis/plugin-sdk';

/** A kind of finding. All are described in docs/findings.md. */
export interface FindingRule {
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly message: string;
  /** Key of the record that the finding is about; without one, it is about the record. */
  readonly key?: string;
  /** What the tolerant policy does. Default `keep`. */
  readonly tolerant?: FindingAction;
  /** Whether the repair policy has a corrected value. */
  readonly repairable?: true;
}

const duplicateKey: FindingRule = {
  code: 'duplicate-key',
  severity: 'error',
  message: 'A key occurs twice in this record; the last value counts',
};
const nonFinite: FindingRule = {
  code: 'non-finite-number',
  severity: 'error',
  message: 'NaN or Infinity is not JSON; the value is read as null',
};
const outOfRange: FindingRule = {
  code: 'number-out-of-range',
  severity: 'error',
  message: 'A number is too large for a double; its column has no value',
};
const loneSurrogate: FindingRule = {
  code: 'lone-surrogate',
  severity: 'warning',
  message: 'A text holds half a surrogate pair, which UTF-8 cannot express; it is kept as escape',
};
const idText: FindingRule = { code: 'id-text', severity: 'info', message: 'An id is a string' };
const idForm: FindingRule = {
  code: 'id-form',
  severity: 'error',
  message: 'An id is neither an integer of 64 bits nor a string',
};
const valueForm: FindingRule = {
  code: 'value-form',
  severity: 'warning',
  message: 'A known key has a value of an unexpected type',
};

/** Rules by bit number. A row carries the findings about it as one integer until the policy has decided. */
const imageRules = {
  duplicateKey,
  nonFinite,
  outOfRange,
  loneSurrogate,
  idText,
  idForm,
  valueForm,
  idMissing: { code: 'image-id-missing', severity: 'error', message: 'The image has no id' },
  fileNameMissing: {
    code: 'file-name-missing',
    severity: 'warning',
    message: 'The image has no file_name; its URL may name it',
  },
  sizeMissing: { code: 'image-size-missing', severity: 'info', message: 'The image has no width or no height' },
  sizeForm: {
    code: 'image-size-form',
    severity: 'warning',
    message: 'width or height is not a positive integer',
  },
  nestedAnnotations: {
    code: 'nested-annotations',
    severity: 'warning',
    message: 'The image holds annotations of its own; they are kept as an extra key, not as annotations',
    key: 'annotations',
  },
} satisfies Record<string, FindingRule>;

const categoryRules = {
  duplicateKey,
  nonFinite,
  outOfRange,
  loneSurrogate,
  idText,
  idForm,
  valueForm,
  idMissing: { code: 'category-id-missing', severity: 'error', message: 'The category has no id' },
  nameMissing: { code: 'category-name-missing', severity: 'warning', message: 'The category has no name' },
} satisfies Record<string, FindingRule>;

const annotationRules = {
  duplicateKey,
  nonFinite,
  outOfRange,
  loneSurrogate,
  idText,
  idForm,
  valueForm,
  idMissing: { code: 'annotation-id-missing', severity: 'warning', message: 'The annotation has no id' },
  imageMissing: {
    code: 'image-reference-missing',
    severity: 'error',
    message: 'The annotation names neither an image nor a video',
  },
  bboxForm: {
    code: 'bbox-form',
    severity: 'error',
    message: 'bbox is not a list of four numbers',
    key: 'bbox',
  },
  bboxNegative: {
    code: 'bbox-negative',
    severity: 'warning',
    message: 'The box has a negative width or height',
    key: 'bbox',
    repairable: true,
  },
  bboxZero: {
    code: 'bbox-zero-size',
    severity: 'warning',
    message: 'The box has no width or no height',
    key: 'bbox',
  },
  bboxOutside: {
    code: 'bbox-outside-image',
    severity: 'warning',
    message: 'The box begins left of or above the image',
    key: 'bbox',
  },
  areaMissing: { code: 'area-missing', severity: 'info', message: 'The annotation has a shape but no area' },
  bboxMissing: { code: 'bbox-missing', severity: 'info', message: 'The annotation has a shape but no box' },
  areaForm: { code: 'area-form', severity: 'warning', message: 'area is not a number', key: 'area' },
  iscrowdForm: {
    code: 'iscrowd-form',
    severity: 'warning',
    message: 'iscrowd is neither 0 nor 1',
    key: 'iscrowd',
  },
  isCrowdSpelling: {
    code: 'is-crowd-spelling',
    severity: 'warning',
    message: 'The key is spelt is_crowd',
    key: 'is_crowd',
    repairable: true,
  },
  segmentationEmpty: {
    code: 'segmentation-empty',
    severity: 'info',
    message: 'segmentation is an empty list',
    key: 'segmentation',
  },
  segmentationForm: {
    code: 'segmentation-form',
    severity: 'error',
    message: 'segmentation is neither a list of polygons nor a run-length encoding',
    key: 'segmentation',
  },
  polygonFlat: {
    code: 'polygon-flat',
    severity: 'error',
    message: 'segmentation is one flat list of numbers instead of a list of polygons',
    key: 'segmentation',
    repairable: true,
  },
  polygonEmpty: {
    code: 'polygon-empty',
    severity: 'warning',
    message: 'A polygon has no points',
    key: 'segmentation',
    repairable: true,
  },
  polygonOdd: {
    code: 'polygon-odd-length',
    severity: 'error',
    message: 'A polygon has an odd number of coordinates',
    key: 'segmentation',
    repairable: true,
  },
  polygonShort: {
    code: 'polygon-too-few-points',
    severity: 'warning',
    message: 'A polygon has fewer than three points',
    key: 'segmentation',
    repairable: true,
  },
  rleWithoutCrowd: {
    code: 'rle-without-crowd',
    severity: 'info',
    message: 'segmentation is a run-length encoding though iscrowd is 0',
    key: 'segmentation',
  },
  crowdWithPolygon: {
    code: 'crowd-with-polygon',
    severity: 'warning',
    message: 'segmentation is a polygon though iscrowd is 1',
    key: 'segmentation',
  },
  keypointsForm: {
    code: 'keypoints-form',
    severity: 'error',
    message: 'keypoints is not a list of numbers',
    key: 'keypoints',
  },
  keypointsTriples: {
    code: 'keypoints-not-triples',
    severity: 'warning',
    message: 'keypoints does not consist of x, y, visibility',
    key: 'keypoints',
  },
} satisfies Record<string, FindingRule>;

const recordRules = { nonFinite } satisfies Record<string, FindingRule>;

/** Rules about the file, and about elements that are no records. */
export const documentRules = {
  nonFinite,
  recordForm: {
    code: 'record-not-object',
    severity: 'error',
    message: 'An element of the section is not an object',
    tolerant: 'refuse',
  },
  byteOrderMark: { code: 'byte-order-mark', severity: 'info', message: 'The file starts with a byte order mark' },
  objectSection: {
    code: 'section-object-form',
    severity: 'warning',
    message: 'The section is an object keyed by id instead of a list',
  },
  valueSection: {
    code: 'section-not-list',
    severity: 'warning',
    message: 'The section is neither a list nor an object',
  },
  duplicateSection: {
    code: 'duplicate-section',
    severity: 'warning',
    message: 'The section occurs twice; the records of both are read',
  },
} satisfies Record<string, FindingRule>;

/** The rules of a table, in the order of their bits, and the bits by name. */
export interface RuleSet<Name extends string> {
  readonly rules: readonly FindingRule[];
  readonly bits: Readonly<Record<Name, number>>;
}

function ruleSet<Name extends string>(rules: Record<Name, FindingRule>): RuleSet<Name> {
  const names = Object.keys(rules) as Name[];
  const bits = Object.fromEntries(names.map((name, bit) => [name, 1 << bit])) as Record<Name, number>;
  return { rules: Object.values(rules), bits };
}

export const IMAGE_RULES = ruleSet(imageRules);
export const CATEGORY_RULES = ruleSet(categoryRules);
export const ANNOTATION_RULES = ruleSet(annotationRules);
export const RECORD_RULES = ruleSet(recordRules);
