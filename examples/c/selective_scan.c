/* The kernel mamba.scan in C, forward only: reads INPUT.h5, computes in 64 bits and writes OUTPUT.h5.

       make -C examples/c
       hippodrome verify mamba.scan --external examples/c/selective_scan */

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory) {
  if (!memory) exit((fputs("out of memory\n", stderr), 1));
  return memory;
}

static void require(int isFine, const char *what) {
  if (!isFine) exit((fprintf(stderr, "%s\n", what), 1));
}

/* An input as doubles, with its shape; NULL for an optional one that is absent. The file's type is converted. */
static double *read_input(hid_t file, const char *name, hsize_t shape[4]) {
  char path[64];
  snprintf(path, sizeof path, "/inputs/%s", name);
  if (H5Lexists(file, path, H5P_DEFAULT) <= 0) return NULL;
  hid_t data = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(data);
  require(H5Sget_simple_extent_ndims(space) <= 4 && H5Sget_simple_extent_dims(space, shape, NULL) >= 0, path);
  double *values = checked(malloc(sizeof(double) * (size_t)H5Sget_simple_extent_npoints(space)));
  require(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, path);
  H5Sclose(space);
  H5Dclose(data);
  return values;
}

/* The attribute `options`, a JSON object that names only options that are not the default. */
static char *read_options(hid_t file) {
  hid_t attribute = H5Aopen(file, "options", H5P_DEFAULT), type = H5Aget_type(attribute);
  char *text = NULL;
  require(attribute >= 0 && H5Tis_variable_str(type) > 0 && H5Aread(attribute, type, &text) >= 0, "options");
  H5Tclose(type);
  H5Aclose(attribute);
  return text;
}

static void write_output(hid_t group, const char *name, const double *values, int rank, const hsize_t *shape) {
  hid_t space = H5Screate_simple(rank, shape, NULL);
  hid_t data = H5Dcreate2(group, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  require(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0, name);
  H5Dclose(data);
  H5Sclose(space);
}

static double softplus(double v) { return fmax(v, 0) + log1p(exp(-fabs(v))); }

int main(int count, char **arguments) {
  require(count == 3, "usage: selective_scan INPUT.h5 OUTPUT.h5");
  hid_t input = H5Fopen(arguments[1], H5F_ACC_RDONLY, H5P_DEFAULT);
  require(input >= 0, "INPUT.h5 cannot be read");
  char *options = read_options(input);
  int has_softplus = strstr(options, "softplus") != NULL, is_signed = strstr(options, "signed") != NULL;

  hsize_t sequence[4], coefficients[4], modes[4], any[4];
  double *u = read_input(input, "u", sequence), *delta = read_input(input, "delta", any);
  double *A = read_input(input, "A", modes), *B = read_input(input, "B", coefficients), *C = read_input(input, "C", any);
  double *D = read_input(input, "D", any), *z = read_input(input, "z", any);
  double *bias = read_input(input, "bias", any), *x0 = read_input(input, "x0", any);
  require(u && delta && A && B && C, "an input is missing");
  size_t batches = sequence[0], channels = sequence[1], length = sequence[2];
  size_t groups = coefficients[1], states = modes[1];

  double *y = checked(malloc(sizeof(double) * batches * channels * length));
  double *x = checked(calloc(batches * channels * states, sizeof(double)));
  if (x0) memcpy(x, x0, sizeof(double) * batches * channels * states);
  for (size_t b = 0; b < batches; b++) {
    for (size_t d = 0; d < channels; d++) {
      size_t row = b * channels + d, group = b * groups + d / (channels / groups);
      double *state = x + row * states;
      for (size_t l = 0; l < length; l++) {
        double step = delta[row * length + l] + (bias ? bias[d] : 0);
        if (has_softplus) step = softplus(step);
        double sum = 0;
        for (size_t n = 0; n < states; n++) {
          double dtA = step * A[d * states + n];
          double decay = is_signed ? 1 + 2 * expm1(dtA) : exp(dtA);
          size_t at = (group * states + n) * length + l;
          state[n] = decay * state[n] + step * u[row * length + l] * B[at];
          sum += C[at] * state[n];
        }
        if (D) sum += D[d] * u[row * length + l];
        if (z) sum *= z[row * length + l] / (1 + exp(-z[row * length + l]));
        y[row * length + l] = sum;
      }
    }
  }

  hid_t output = H5Fcreate(arguments[2], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  require(output >= 0, "OUTPUT.h5 cannot be written");
  hid_t group = H5Gcreate2(output, "outputs", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  write_output(group, "y", y, 3, (hsize_t[]){batches, channels, length});
  write_output(group, "x", x, 3, (hsize_t[]){batches, channels, states});
  H5Gclose(group);
  require(H5Fclose(output) >= 0, "OUTPUT.h5 cannot be written");
  return 0;
}
