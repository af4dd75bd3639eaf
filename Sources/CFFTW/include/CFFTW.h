#ifndef CFFTW_H
#define CFFTW_H
#include <fftw3.h>
#endif
