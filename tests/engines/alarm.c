// Takes machine code as a worker does, as the handler of SIGALRM, and tells what came of it. For Linux on 64-bit ARM, without a
// library, so that it is built in a moment.
//
// It writes the address of `called`; reads an argument and the code; lets it ring twice; writes how often and with what `called`
// was called: numbers of 64 bits all.

typedef unsigned long word;

static long call(long number, word a, word b, word c, word d, word e, word f) {
  register long x8 __asm__("x8") = number;
  register word x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register word x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return (long)x0;
}

enum { READ = 63, WRITE = 64, EXIT = 93, SETITIMER = 103, SIGACTION = 134, MMAP = 222, MPROTECT = 226 };
enum { SIGALRM = 14, SA_RESTART = 0x10000000, PRIVATE_ANONYMOUS = 0x22, MAY_READ = 1, MAY_WRITE = 2, MAY_RUN = 4, PAGE = 4096 };

static volatile word calls, argument;

__attribute__((noinline)) void called(word given) {
  calls++;
  argument = given;
}

static void done(long wrong) { call(EXIT, wrong, 0, 0, 0, 0, 0); }

void _start(void) {
  word told[2] = {(word)called, 0};
  call(WRITE, 1, (word)told, sizeof(word), 0, 0, 0);
  word page = call(MMAP, 0, PAGE, MAY_READ | MAY_WRITE, PRIVATE_ANONYMOUS, -1, 0);
  if (call(READ, 0, page, PAGE, 0, 0, 0) <= 0) done(1);
  if (call(MPROTECT, page, PAGE, MAY_READ | MAY_RUN, 0, 0, 0)) done(2);
  word action[4] = {page, SA_RESTART, 0, 0}; // as the kernel has it
  if (call(SIGACTION, SIGALRM, (word)action, 0, sizeof(word), 0, 0)) done(3);
  for (int rung = 0; rung < 2; rung++) {
    word before = calls, soon[4] = {0, 0, 0, 20000};
    if (call(SETITIMER, 0, (word)soon, 0, 0, 0, 0)) done(4);
    while (calls == before) {
    }
  }
  told[0] = calls;
  told[1] = argument;
  call(WRITE, 1, (word)told, sizeof told, 0, 0, 0);
  done(0);
}
