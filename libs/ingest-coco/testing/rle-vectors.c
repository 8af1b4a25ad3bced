/*
 * Writes rle-vectors.json: random polygons and masks with what cocoapi's own C code makes of them (the code that
 * pycocotools wraps). Same seed, same file. It is built outside of this repository, beside a copy of cocoapi:
 *
 *   git clone https://github.com/cocodataset/cocoapi
 *   gcc -O2 -ffp-contract=off -include string.h -Icocoapi/common rle-vectors.c cocoapi/common/maskApi.c -lm -o rle-vectors
 *   ./rle-vectors > rle-vectors.json
 */
#include <stdio.h>
#include <stdlib.h>
#include "maskApi.h"

static unsigned int seed = 42;
static unsigned int below(unsigned int n) {
  seed = seed * 1664525u + 1013904223u;
  return (unsigned int)(((unsigned long)(seed >> 8) * n) >> 24);
}

static void print(const char *name, RLE *rle) {
  double box[4];
  uint area;
  char *text = rleToString(rle);
  rleToBbox(rle, box, 1);
  rleArea(rle, 1, &area);
  printf("\"%s\":{\"counts\":\"", name);
  for (char *c = text; *c; c++) printf(*c == '\\' ? "\\\\" : "%c", *c);
  printf("\",\"area\":%u,\"bbox\":[%g,%g,%g,%g]}", area, box[0], box[1], box[2], box[3]);
  free(text);
}

int main(void) {
  printf("[\n");
  for (int n = 0; n < 60; n++) {
    unsigned int h = 1 + below(n < 40 ? 40 : 400), w = 1 + below(n < 40 ? 40 : 400), points = 1 + below(9);
    double xy[2][18];
    RLE rles[2], both, any;
    printf("%s{\"size\":[%u,%u],\"polygons\":[", n ? ",\n" : "", h, w);
    for (int p = 0; p < 2; p++) {
      printf("%s[", p ? "," : "");
      for (unsigned int i = 0; i < points * 2; i++) {
        /* Two decimals, sometimes whole, sometimes outside of the image or on a point met before. */
        double side = i % 2 ? h : w, value = below((unsigned int)(side * 120)) / 100.0 - side * 0.1;
        if (below(4) == 0) value = (int)value;
        if (i > 3 && below(8) == 0) value = xy[p][i - 2];
        value = (double)((long)(value * 100)) / 100.0;
        xy[p][i] = value;
        printf("%s%.2f", i ? "," : "", value);
      }
      printf("]");
      rleFrPoly(&rles[p], xy[p], points, h, w);
    }
    printf("],");
    rleMerge(rles, &any, 2, 0);
    rleMerge(rles, &both, 2, 1);
    print("first", &rles[0]); printf(","); print("second", &rles[1]); printf(",");
    print("union", &any); printf(","); print("intersection", &both);
    printf("}");
  }
  printf("\n]\n");
  return 0;
}
