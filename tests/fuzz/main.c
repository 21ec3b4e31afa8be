/* SPDX-License-Identifier: Apache-2.0
 *
 * Plays files into a fuzz target once each: the seeds as ordinary tests, or one that crashed.
 */
#include "fuzz_engine.h"

#include <stdio.h>
#include <stdlib.h>

static bool play_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;
    long size;
    bool good;

    if (file == NULL)
        return false;
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    bytes = malloc(size > 0 ? (size_t)size : 1);
    good = bytes && size >= 0 && fread(bytes, 1, (size_t)size, file) == (size_t)size;
    fclose(file);
    if (good)
        LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
    return good;
}

int main(int argc, char **argv)
{
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        if (play_file(argv[i]))
            continue;
        fprintf(stderr, "%s: cannot be read\n", argv[i]);
        return 1;
    }
    printf("%d files\n", argc - 1);
    return 0;
}
