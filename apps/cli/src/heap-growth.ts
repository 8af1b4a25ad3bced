import { setFlagsFromString } from 'node:v8';

/**
 * For commands through which a whole dataset flows. Batches come and go in tens of megabytes, while the heap is a dozen:
 * V8 takes each rise for a reason to mark the heap, up to 17 times in an import of 3 s. With this factor (of 3, not 1.3)
 * it is 4 to 6 times; with one of 4 it is 2 or 3 times, and ten times the file takes 10 MB more.
 */
export function growHeapFreely(): void {
  setFlagsFromString('--heap-growing-percent=200');
}
