/* HDF5's constants are macros that call functions, which Swift does not import: they are functions here. */
#ifndef CHDF5_H
#define CHDF5_H
#include <stddef.h>
#include <stdio.h>
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif

static inline hid_t chdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t chdf5_file_double(void) { return H5T_IEEE_F64LE; }
static inline hid_t chdf5_file_int64(void) { return H5T_STD_I64LE; }
/* IEEE 754's binary16, for which the library has no name before 1.14.4. The caller closes it; negative where it cannot be made. */
static inline hid_t chdf5_make_half(void) {
  hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  if (type >= 0 &&
      (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 || H5Tset_ebias(type, 15) < 0)) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline size_t chdf5_variable_length(void) { return H5T_VARIABLE; }
static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_dataset_creation(void) { return H5P_DATASET_CREATE; }

/* Error stacks belong to threads, so printing is silenced on whichever thread comes by. */
static inline void chdf5_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

/* Entries that a failed call leaves on the stack hold ids open and make the library complain at exit. */
static inline void chdf5_forget_errors(void) { H5Eclear2(H5E_DEFAULT); }

struct chdf5_text {
  char *start;
  size_t bytes;
};

static inline herr_t chdf5_take_first(unsigned n, const H5E_error2_t *error, void *target) {
  struct chdf5_text *text = (struct chdf5_text *)target;
  if (n == 0 && error->desc) snprintf(text->start, text->bytes, "%s", error->desc);
  return 0;
}

/* What went wrong in the call that failed last, where it did: the innermost entry of the stack; an empty text where there is none. */
static inline void chdf5_reason(char *start, size_t bytes) {
  struct chdf5_text text = {start, bytes};
  if (bytes) start[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, chdf5_take_first, &text);
}

static inline herr_t chdf5_refuse_link(
    const char *parent_file, const char *parent, const char *file, const char *object, unsigned *flags, hid_t access, void *data) {
  (void)parent_file, (void)parent, (void)file, (void)object, (void)flags, (void)access, (void)data;
  return -1;
}

/* Properties of an access that does not leave the file, also where a link leads to one that leads out; negative where there are none. */
static inline hid_t chdf5_within_file(hid_t of_class) {
  hid_t properties = H5Pcreate(of_class);
  if (properties >= 0 && H5Pset_elink_cb(properties, chdf5_refuse_link, NULL) < 0) {
    H5Pclose(properties);
    return -1;
  }
  return properties;
}
static inline hid_t chdf5_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t chdf5_group_access(void) { return H5P_GROUP_ACCESS; }
static inline hid_t chdf5_link_access(void) { return H5P_LINK_ACCESS; }

#endif
