/* A sample of source code. */
#include <stdio.h>

/* How much rope does a boat need? */
static double rope(double tide) {

    return tide * 2 + 1;
}

int main(void) {
    printf("%f\n", rope(3));
    return 0;
}
