/*
 * A stand-in for libnvidia-ml.so.1, driven by a scenario file beside it (`<library>.scenario`), which is read anew at
 * every call. Lines are `key value`; an absent key means its default.
 *
 *   driver TEXT            init STATUS           count NUMBER
 *   gpuN.status S          gpuN.uuid TEXT        gpuN.name TEXT        gpuN.pci TEXT
 *   gpuN.memory BYTES      gpuN.limit MILLIWATTS
 *   gpuN.energy MILLIJOULES, gpuN.energy.status S
 *   gpuN.energy.watts W, gpuN.energy.period_ms T      adds W times the time since loading, latched every T
 *   gpuN.fieldF MILLIWATTS, gpuN.fieldF.status S      an entry's own return code
 *   gpuN.power MILLIWATTS, gpuN.power.status S
 *
 * What has no value answers NOT_SUPPORTED. Compile with -DWITHOUT_ENERGY or -DWITHOUT_FIELDS to leave a symbol out.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3 };
enum { GPUS = 32 };

static int initialised;
static char handles[GPUS];
static struct timespec loaded;

__attribute__((constructor)) static void remember_start(void) { clock_gettime(CLOCK_MONOTONIC, &loaded); }

__attribute__((unused)) static double seconds_since_load(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - loaded.tv_sec) + (double)(now.tv_nsec - loaded.tv_nsec) / 1e9;
}

/* Value of `key` in the scenario, or NULL. */
static const char *look_up(const char *key) {
  static __thread char line[512];
  char path[4096];
  Dl_info self;
  if (!dladdr((void *)&look_up, &self)) return NULL;
  snprintf(path, sizeof path, "%s.scenario", self.dli_fname);
  FILE *file = fopen(path, "r");
  if (!file) return NULL;
  const char *found = NULL;
  size_t length = strlen(key);
  while (!found && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, key, length) == 0 && line[length] == ' ') found = line + length + 1;
  }
  fclose(file);
  return found;
}

static const char *gpu_key(const void *device, const char *name) {
  static __thread char key[64];
  snprintf(key, sizeof key, "gpu%d.%s", (int)((const char *)device - handles), name);
  return key;
}

static const char *of_gpu(const void *device, const char *name) { return look_up(gpu_key(device, name)); }

/* The status `NAME.status`, else SUCCESS when there is a value. */
static int status_of(const void *device, const char *name) {
  char status[48];
  if (!initialised) return UNINITIALIZED;
  snprintf(status, sizeof status, "%s.status", name);
  const char *stated = of_gpu(device, status);
  if (stated) return atoi(stated);
  return of_gpu(device, name) ? SUCCESS : NOT_SUPPORTED;
}

static int text_of(const void *device, const char *name, char *text, unsigned int length) {
  int status = status_of(device, name);
  if (status == SUCCESS) snprintf(text, length, "%s", of_gpu(device, name));
  return status;
}

static int number_of(const void *device, const char *name, unsigned int *value) {
  int status = status_of(device, name);
  if (status == SUCCESS) *value = (unsigned int)strtoul(of_gpu(device, name), NULL, 10);
  return status;
}

int nvmlInit_v2(void) {
  const char *stated = look_up("init");
  int status = stated ? atoi(stated) : SUCCESS;
  initialised = status == SUCCESS;
  return status;
}

int nvmlShutdown(void) {
  initialised = 0;
  return SUCCESS;
}

int nvmlSystemGetDriverVersion(char *text, unsigned int length) {
  const char *version = look_up("driver");
  snprintf(text, length, "%s", version ? version : "0");
  return version ? SUCCESS : NOT_SUPPORTED;
}

int nvmlDeviceGetCount_v2(unsigned int *count) {
  const char *stated = look_up("count");
  *count = stated ? (unsigned int)atoi(stated) : 0;
  return initialised ? SUCCESS : UNINITIALIZED;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) {
  if (index >= GPUS) return INVALID_ARGUMENT;
  *device = handles + index;
  const char *stated = of_gpu(*device, "status");
  return stated ? atoi(stated) : SUCCESS;
}

int nvmlDeviceGetName(void *device, char *text, unsigned int length) { return text_of(device, "name", text, length); }
int nvmlDeviceGetUUID(void *device, char *text, unsigned int length) { return text_of(device, "uuid", text, length); }
int nvmlDeviceGetPciInfo_v3(void *device, void *info) { return text_of(device, "pci", (char *)info + 36, 32); }

int nvmlDeviceGetMemoryInfo_v2(void *device, void *memory) {
  uint32_t version;
  memcpy(&version, memory, sizeof version);
  if (version != 0x02000028) return 25;
  int status = status_of(device, "memory");
  uint64_t total = status == SUCCESS ? strtoull(of_gpu(device, "memory"), NULL, 10) : 0;
  memcpy((char *)memory + 8, &total, sizeof total);
  return status;
}

int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned int *limit) { return number_of(device, "limit", limit); }
int nvmlDeviceGetPowerUsage(void *device, unsigned int *power) { return number_of(device, "power", power); }

#ifndef WITHOUT_ENERGY
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy) {
  int status = status_of(device, "energy");
  if (status != SUCCESS) return status;
  *energy = strtoull(of_gpu(device, "energy"), NULL, 10);
  const char *watts = of_gpu(device, "energy.watts");
  if (watts) {
    double power = atof(watts);
    const char *period = of_gpu(device, "energy.period_ms");
    double tick = (period ? atof(period) : 1) / 1e3;
    uint64_t ticks = (uint64_t)(seconds_since_load() / tick);
    *energy += (unsigned long long)((double)ticks * tick * power * 1e3);
  }
  return status;
}
#endif

#ifndef WITHOUT_FIELDS
struct field_value {
  uint32_t field, scope;
  int64_t timestamp, latency;
  int32_t type, status;
  uint64_t value;
};

/* The outer call succeeds whatever the entries say, as the real one does; a scope other than 0 is not supported. */
int nvmlDeviceGetFieldValues(void *device, int count, struct field_value *entries) {
  for (int i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "field%u", entries[i].field);
    unsigned int value = 0;
    entries[i].status = entries[i].scope == 0 ? number_of(device, name, &value) : NOT_SUPPORTED;
    entries[i].type = 1;
    entries[i].value = value;
  }
  return initialised ? SUCCESS : UNINITIALIZED;
}
#endif
