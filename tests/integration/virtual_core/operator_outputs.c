/* Runs the network "net" on every input of the file inputs.bin and appends to outputs.bin, per
 * input: the output of each operator that has a place in `operator_places`, in the order of the
 * operators, and the network's output. Both files lie in the emulator's working folder. */
#include "net.h"
#include "operator_places.h"
#include "semihosting.h"

static _Alignas(8) uint8_t arena[NET_ARENA_BYTES];
static int8_t output[NET_OUTPUT_BYTES];
#ifdef NET_INPUT_OFFSET
static int8_t* const input = (int8_t*)arena + NET_INPUT_OFFSET;
#else
static int8_t input[NET_INPUT_BYTES];
#endif
static uint32_t results;

static uint32_t open_file(const char* name, uint32_t length, uint32_t mode) {
  const uint32_t request[] = {(uint32_t)name, mode, length};
  const uint32_t file = semihost(SYS_OPEN, (uint32_t)request);
  if (file == 0xffffffffu) {
    print("cannot open a file\n");
    semihost(SYS_EXIT, FAILED);
  }
  return file;
}

static void append(const void* bytes, uint32_t count) {
  const uint32_t request[] = {results, (uint32_t)bytes, count};
  if (semihost(SYS_WRITE, (uint32_t)request) != 0) {
    print("cannot write outputs.bin\n");
    semihost(SYS_EXIT, FAILED);
  }
}

static void keep(void* user, int op) {
  (void)user;
  const struct operator_place* place = &operator_places[op];
  if (place->bytes > 0) append(arena + place->offset, place->bytes);
}

static void run(void) {
  const uint32_t inputs = open_file("inputs.bin", 10, OPEN_READ);
  results = open_file("outputs.bin", 11, OPEN_WRITE);
  for (;;) {
    const uint32_t request[] = {inputs, (uint32_t)input, NET_INPUT_BYTES};
    if (semihost(SYS_READ, (uint32_t)request) != 0) return; /* not a whole input: the end */
    if (net_run_profiled(arena, input, output, keep, 0) != 0) semihost(SYS_EXIT, FAILED);
    append(output, NET_OUTPUT_BYTES);
  }
}
