import type { App } from '../http/app.js';
import type { RouteContext } from './context.js';
import { annotationRoutes } from './annotations.js';
import { datasetRoutes } from './datasets.js';
import { drawingRoutes } from './drawings.js';
import { exportRoutes } from './exports.js';
import { imageRoutes } from './images.js';
import { importRoutes } from './imports.js';
import { mediaRoutes } from './media.js';
import { pluginRoutes } from './plugins.js';
import { snapshotRoutes } from './snapshots.js';
import { taskRoutes } from './tasks.js';
import { thumbnailRoutes } from './thumbnails.js';
import { systemRoutes } from './system.js';

export function installRoutes(app: App, context: RouteContext): Promise<void> {
  systemRoutes(app, context);
  datasetRoutes(app, context);
  imageRoutes(app, context);
  annotationRoutes(app, context);
  mediaRoutes(app, context);
  thumbnailRoutes(app, context);
  drawingRoutes(app, context);
  importRoutes(app, context);
  exportRoutes(app, context);
  snapshotRoutes(app, context);
  taskRoutes(app, context);
  pluginRoutes(app, context);
  return Promise.resolve();
}
