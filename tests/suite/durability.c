/* Preloaded under fairshare. It writes down, in order, each sync of a file and each write to standard output
   (FAIRSHARE_NOTES=file), and makes calls on the database's files fail:
   FAIRSHARE_FAIL="CALL N ERRNO"        the N-th call fails, once
   FAIRSHARE_WHILE="CALL FILE ERRNO"    each call fails while FILE exists
   CALL is sync, write, read, open (to write), or for the second also change: write and open. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(const char *what) {
    static int out = -1;
    static ssize_t (*really_write)(int, const void *, size_t);
    const char *notes = getenv("FAIRSHARE_NOTES");
    if (!notes) return;
    if (out < 0) {
        really_write = dlsym(RTLD_NEXT, "write");
        out = open(notes, O_WRONLY | O_CREAT | O_APPEND, 0600);
    }
    really_write(out, what, strlen(what));
}

static int is_named(const char *path) {
    return strstr(path, "fairshare.sqlite") && !strstr(path, ".sqlite.");
}

static int is_of_the_database(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_named(path);
}

/* Whether a call is to fail; errno is set then. */
static int fails(const char *call) {
    static atomic_int count;
    char which[16], file[4096];
    int nth, number;
    const char *once = getenv("FAIRSHARE_FAIL"), *while_there = getenv("FAIRSHARE_WHILE");
    if (once && sscanf(once, "%15s %d %d", which, &nth, &number) == 3 && !strcmp(which, call) && atomic_fetch_add(&count, 1) + 1 == nth) {
        errno = number;
        return 1;
    }
    if (while_there && sscanf(while_there, "%15s %4095s %d", which, file, &number) == 3 && !access(file, F_OK)) {
        int changes = !strcmp(which, "change") && (!strcmp(call, "write") || !strcmp(call, "open"));
        if (changes || !strcmp(which, call)) {
            errno = number;
            return 1;
        }
    }
    return 0;
}

int fsync(int fd) {
    int (*really)(int) = dlsym(RTLD_NEXT, "fsync");
    if (is_of_the_database(fd) && fails("sync")) return -1;
    int result = really(fd);
    note("sync\n");
    return result;
}

int fdatasync(int fd) {
    int (*really)(int) = dlsym(RTLD_NEXT, "fdatasync");
    if (is_of_the_database(fd) && fails("sync")) return -1;
    int result = really(fd);
    note("sync\n");
    return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t (*really)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (fd == STDOUT_FILENO) note("reply\n");
    if (fd > 2 && is_of_the_database(fd) && fails("write")) return -1;
    return really(fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    ssize_t (*really)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    if (is_of_the_database(fd) && fails("write")) return -1;
    return really(fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

ssize_t read(int fd, void *bytes, size_t count) {
    ssize_t (*really)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
    if (fd > 2 && is_of_the_database(fd) && fails("read")) return -1;
    return really(fd, bytes, count);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    ssize_t (*really)(int, void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pread64");
    if (is_of_the_database(fd) && fails("read")) return -1;
    return really(fd, bytes, count, at);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t at) { return pread64(fd, bytes, count, at); }

int open64(const char *path, int flags, ...) {
    int (*really)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((flags & O_ACCMODE) != O_RDONLY && is_named(path) && fails("open")) return -1;
    return really(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open64(path, flags, mode);
}
