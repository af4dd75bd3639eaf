#ifndef CHDF5_H
#define CHDF5_H
#include <hdf5/serial/hdf5.h>
#endif
