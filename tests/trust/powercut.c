/* Writes down, in order, what a process writes to the files of one folder and when it syncs them.

   Loaded by LD_PRELOAD.  POWERCUT_DIR is the folder, POWERCUT_LOG the file of the records:
   operation (W write, T truncate, S sync), length of the name, offset, length, name, data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int log_fd = -1;
static size_t folder_length;
static char folder[4096];
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void)
{
    const char *where = getenv("POWERCUT_DIR"), *log = getenv("POWERCUT_LOG");
    if (!where || !log) return;
    folder_length = (size_t)snprintf(folder, sizeof folder, "%s/", where);
    log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int name_of(int fd, char *name)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= (ssize_t)folder_length || strncmp(path, folder, folder_length)) return 0;
    path[length] = 0;
    if (strlen(path + folder_length) > 255) return 0;
    strcpy(name, path + folder_length);
    return 1;
}

static void note(char what, int fd, uint64_t offset, const void *data, uint64_t length)
{
    char name[256];
    struct { uint8_t what, name_length; uint64_t offset, length; } __attribute__((packed)) head;
    if (log_fd < 0 || fd == log_fd || !name_of(fd, name)) return;
    head.what = (uint8_t)what;
    head.name_length = (uint8_t)strlen(name);
    head.offset = offset;
    head.length = length;
    pthread_mutex_lock(&one_at_a_time);
    syscall(SYS_write, log_fd, &head, sizeof head);
    syscall(SYS_write, log_fd, name, (size_t)head.name_length);
    if (data && length) syscall(SYS_write, log_fd, data, (size_t)length);
    pthread_mutex_unlock(&one_at_a_time);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
    ssize_t done = syscall(SYS_pwrite64, fd, data, length, offset);
    if (done > 0) note('W', fd, (uint64_t)offset, data, (uint64_t)done);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
    return pwrite64(fd, data, length, offset);
}

ssize_t write(int fd, const void *data, size_t length)
{
    off64_t offset = lseek64(fd, 0, SEEK_CUR);
    ssize_t done = syscall(SYS_write, fd, data, length);
    if (done > 0 && offset >= 0) note('W', fd, (uint64_t)offset, data, (uint64_t)done);
    return done;
}

int ftruncate64(int fd, off64_t length)
{
    int done = (int)syscall(SYS_ftruncate, fd, length);
    if (done == 0) note('T', fd, (uint64_t)length, 0, 0);
    return done;
}

int ftruncate(int fd, off_t length)
{
    return ftruncate64(fd, length);
}

int fsync(int fd)
{
    int done = (int)syscall(SYS_fsync, fd);
    if (done == 0) note('S', fd, 0, 0, 0);
    return done;
}

int fdatasync(int fd)
{
    int done = (int)syscall(SYS_fdatasync, fd);
    if (done == 0) note('S', fd, 0, 0, 0);
    return done;
}
