/* Preloaded: the clock of the wall goes wrong by as many seconds as a file says; the monotonic clock does not.
 *
 * libfaketime 0.9.10 cannot do the second (it breaks sleeps until a monotonic time, with which Python 3.11 sleeps), and
 * a machine whose clock is set never does anything else.
 *
 * CLOCKSHIFT_FILE names the file: one 64-bit integer, seconds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift;
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_sem_timedwait)(sem_t *, const struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("CLOCKSHIFT_FILE");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *seen = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
        shift = seen == MAP_FAILED ? NULL : seen;
        close(file);
    }
}

static int64_t seconds(void) { return shift ? *shift : 0; }

int clock_gettime(clockid_t clock, struct timespec *at) {
    if (!real_clock_gettime)
        real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real_clock_gettime(clock, at);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        at->tv_sec += seconds();
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}

/* The kernel waits by the clock that nobody has shifted. */
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    struct timespec real = *until;
    if (!real_sem_timedwait)
        real_sem_timedwait = dlsym(RTLD_NEXT, "sem_timedwait");
    real.tv_sec -= seconds();
    return real_sem_timedwait(semaphore, &real);
}
