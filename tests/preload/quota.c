/* quota.c - what setquota and insmod do, of which not every machine has one.
 *
 *   quota load FILE               loads a module into the kernel
 *   quota limit DEVICE UID KIB    no more than that for the user's files
 *   quota used DEVICE UID         prints how many KiB the user's files have
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct dqblk block = {0};
    long done = -1;

    if (argc == 3 && !strcmp(argv[1], "load")) {
        done = syscall(SYS_finit_module, open(argv[2], O_RDONLY), "", 0);
    } else if (argc == 5 && !strcmp(argv[1], "limit")) {
        block.dqb_valid = QIF_BLIMITS;
        block.dqb_bhardlimit = block.dqb_bsoftlimit = strtoul(argv[4], NULL, 10);
        done = quotactl(QCMD(Q_SETQUOTA, USRQUOTA), argv[2], atoi(argv[3]), (void *)&block);
    } else if (argc == 4 && !strcmp(argv[1], "used")) {
        done = quotactl(QCMD(Q_GETQUOTA, USRQUOTA), argv[2], atoi(argv[3]), (void *)&block);
        printf("%llu\n", (unsigned long long)block.dqb_curspace / 1024);
    }
    if (done != 0)
        perror(argv[0]);
    return done != 0;
}
