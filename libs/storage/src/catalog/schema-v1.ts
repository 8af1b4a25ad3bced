/**
 * Version 1 of the catalog. The tables datasets, images, annotations, categories, findings and ingest_runs are a public
 * promise: users query them by SQL.
 *
 * - Row keys (`…_key`) are ours: dense, unique, never reused. Source ids stand beside them as found (`id` for integers,
 *   `id_text` for strings) and are never assumed to be unique.
 * - Hot attributes are flat columns; all else of a record is in `extra`, one JSON object (see TableColumns of the SDK
 *   for the rule by which a record is put together again).
 * - `idx` is the index of the record in its section, `byte_offset` its place in the file.
 * - No primary keys on big tables: an ART index costs more than the load. The importer checks uniqueness.
 */
const PLACE = 'idx INTEGER, byte_offset BIGINT, key VARCHAR';

/** Columns of an image record. */
export const IMAGE_RECORD = `${PLACE}, id BIGINT, id_text VARCHAR, file_name VARCHAR, width INTEGER, height INTEGER,
  license BIGINT, coco_url VARCHAR, flickr_url VARCHAR, date_captured VARCHAR, extra VARCHAR`;

/** Columns of a category record. */
export const CATEGORY_RECORD = `${PLACE}, id BIGINT, id_text VARCHAR, name VARCHAR, supercategory VARCHAR,
  keypoints VARCHAR, skeleton VARCHAR, extra VARCHAR`;

/** Columns of an annotation record. */
export const ANNOTATION_RECORD = `${PLACE}, id BIGINT, id_text VARCHAR,
  image_id BIGINT, image_id_text VARCHAR, category_id BIGINT, category_id_text VARCHAR,
  bbox_x DOUBLE, bbox_y DOUBLE, bbox_w DOUBLE, bbox_h DOUBLE, area DOUBLE, iscrowd BOOLEAN,
  polygons DOUBLE[][], rle VARCHAR, keypoints DOUBLE[], num_keypoints INTEGER, caption VARCHAR, score DOUBLE,
  segments_info VARCHAR, extra VARCHAR`;

export const SCHEMA_V1 = `
CREATE TABLE datasets (dataset_key BIGINT, name VARCHAR, root_uri VARCHAR, created_at TIMESTAMP);
CREATE TABLE splits (split_key BIGINT, dataset_key BIGINT, name VARCHAR);

-- Keys given so far: next_key of images is the image_key of the next image.
CREATE TABLE key_sequences (name VARCHAR, next_key BIGINT);

-- One annotation file. sections is the list of SectionSummary: order and form of the file's top-level keys.
-- state: pending | partial | done. settings: the options that decide what its rows are, as JSON.
-- media_root, media_prefixes (JSON list): where its file names are looked up; NULL: nowhere.
CREATE TABLE sources (source_key BIGINT, dataset_key BIGINT, split_key BIGINT, uri VARCHAR, kind VARCHAR,
  version VARCHAR, size_bytes BIGINT, head_checksum VARCHAR, checksum VARCHAR, sections VARCHAR, state VARCHAR,
  settings VARCHAR, media_root VARCHAR, media_prefixes VARCHAR, masks_prefix VARCHAR);

-- One row an import and source; run_key is that of the import. state: running | paused | failed | done.
-- report: counts by table (read, imported, refused) and the difference to the source's earlier rows, as JSON.
CREATE TABLE ingest_runs (run_key BIGINT, source_key BIGINT, dataset_key BIGINT, state VARCHAR, cursor VARCHAR,
  commits BIGINT, read_rows BIGINT, imported_rows BIGINT, refused_rows BIGINT, report VARCHAR, error VARCHAR,
  started_at TIMESTAMP, updated_at TIMESTAMP, ended_at TIMESTAMP, elapsed_ms DOUBLE);

-- One row for each picture of a split, though several annotation files list it.
CREATE TABLE images (image_key BIGINT, dataset_key BIGINT, split_key BIGINT, source_key BIGINT, ${IMAGE_RECORD},
  media_state VARCHAR, media_uri VARCHAR, media_size BIGINT, media_version VARCHAR, media_type VARCHAR,
  stored_width INTEGER, stored_height INTEGER, orientation TINYINT, content_hash VARCHAR);
-- What each source lists, in its order. differs: this source says something else of the image than its row does; its
-- own record is then in the columns here. Otherwise these are NULL but id and id_text.
CREATE TABLE source_images (source_key BIGINT, image_key BIGINT, differs BOOLEAN, ${IMAGE_RECORD});

-- One row for each category of a dataset: joined by id inside of a file, by name across files.
CREATE TABLE categories (category_key BIGINT, dataset_key BIGINT, source_key BIGINT, ${CATEGORY_RECORD});
-- What each source lists, in its order and its own words.
CREATE TABLE source_categories (source_key BIGINT, category_key BIGINT, ${CATEGORY_RECORD});

-- image_ambiguous: several images have this id, so none is linked (image_key is NULL).
-- area_derived and the derived box: filled where the source has none, from the shape. The source's columns stay NULL.
CREATE TABLE annotations (annotation_key BIGINT, dataset_key BIGINT, source_key BIGINT, image_key BIGINT,
  category_key BIGINT, image_ambiguous BOOLEAN, ${ANNOTATION_RECORD}, area_derived DOUBLE,
  bbox_x_derived DOUBLE, bbox_y_derived DOUBLE, bbox_w_derived DOUBLE, bbox_h_derived DOUBLE);
-- Segments of panoptic annotations, one row each.
CREATE TABLE segments (annotation_key BIGINT, dataset_key BIGINT, source_key BIGINT, idx INTEGER, id BIGINT, category_key BIGINT,
  category_id BIGINT, area DOUBLE, bbox_x DOUBLE, bbox_y DOUBLE, bbox_w DOUBLE, bbox_h DOUBLE, iscrowd BOOLEAN);

-- Every other section, record by record, as found.
CREATE TABLE records (source_key BIGINT, section VARCHAR, idx INTEGER, byte_offset BIGINT, key VARCHAR, json VARCHAR);
CREATE TABLE licenses (dataset_key BIGINT, source_key BIGINT, id BIGINT, name VARCHAR, url VARCHAR);

-- Samples; finding_counts has the exact numbers.
CREATE TABLE findings (run_key BIGINT, dataset_key BIGINT, source_key BIGINT, code VARCHAR, severity VARCHAR,
  message VARCHAR, section VARCHAR, idx INTEGER, byte_offset BIGINT, record_id VARCHAR, sample VARCHAR);
CREATE TABLE finding_counts (run_key BIGINT, dataset_key BIGINT, source_key BIGINT, code VARCHAR, severity VARCHAR, count BIGINT);

-- Rows of a source that is being read. They become images and categories when it is linked.
CREATE TABLE incoming_images (source_key BIGINT, ${IMAGE_RECORD});
CREATE TABLE incoming_categories (source_key BIGINT, ${CATEGORY_RECORD});

-- Keys of extra that became columns: see promoteField.
CREATE TABLE promoted_fields (table_name VARCHAR, field VARCHAR, column_name VARCHAR, type VARCHAR);
`;
