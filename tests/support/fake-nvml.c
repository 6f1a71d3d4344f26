/*
 * A stand-in for libnvidia-ml.so.1, driven by a scenario file beside it (`<library>.scenario`), which is read anew when it
 * has been replaced: at the next call where time stands still, else within a millisecond. For one thread at a time. Lines are `key value`; an absent key means its default, and what has no
 * value answers NOT_SUPPORTED. N counts GPUs from 0, MS are milliseconds since loading (or `now_ms`), W are watts.
 *
 *   driver TEXT   nvml TEXT   cuda NUMBER   init S   count NUMBER   count.status S
 *   now_ms MS                    time stands still at this instant
 *   latency_us NUMBER            each call about a device takes this long
 *   gpuN.uuid TEXT   gpuN.name TEXT   gpuN.pci TEXT   gpuN.memory BYTES   gpuN.limit MILLIWATTS   gpuN.status S
 *   gpuN.architecture NUMBER   gpuN.virtualization NUMBER
 *   gpuN.mig 0|1   gpuN.mig.max NUMBER   gpuN.mig.M.uuid TEXT
 *   gpuN.temperature CELSIUS   gpuN.temperature_v.status S   gpuN.clock MHZ   gpuN.reasons BITS
 *   gpuN.processes PID[:BYTES] PID[:BYTES] ...   (`none` for an empty list)   gpuN.processes.stride BYTES
 *
 * The true power is `gpuN.energy.watts W`, and `gpuN.square.watts W` more in the first `gpuN.square.high SHARE` (0.5) of
 * every `gpuN.square.period_ms MS`.
 *
 *   gpuN.energy MILLIJOULES      what the counter starts from; it adds the energy of the true power and updates every
 *   gpuN.energy.period_ms MS     (1), seeing only the last
 *   gpuN.energy.duty SHARE       (1) of each such period, which stands for the whole of it
 *   gpuN.energy.wrap MILLIJOULES the counter starts anew from 0 when it reaches this
 *   gpuN.energy.reset_ms MS      from this instant on it counts from 0
 *   gpuN.energy.stuck_ms MS      from this instant on it stands still
 *   gpuN.fieldF MILLIWATTS       field F of the GPU, gpuN.fieldF@1 of the module; gpuN.power is nvmlDeviceGetPowerUsage.
 *                                `true`: the true power, averaged over the period of the counter and latched with it;
 *                                `energy`: the counter. Fields 83 and 191 of the GPU are the counter by themselves.
 *
 * Each KEY has a KEY.status S for its return code: a list such as `0,15@500,0@800`, of which the last entry counts that has
 * come to pass; `@500` from 500 ms on, `@#3` from the fourth call on.
 *
 * Compile with -DWITHOUT_X for X of ENERGY, FIELDS, TEMPERATURE_V, EVENT_REASONS, PROCESSES_V3, MIG to leave symbols out.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7 };
enum { VERSION_MISMATCH = 25 };
enum { GPUS = 32, INSTANCES = 8, SLOTS = 4096, KEY_LENGTH = 64, VALUE_LENGTH = 512 };

/* Handles point into this: the first of each row is the GPU, the others are its MIG instances. */
static char handles[GPUS][1 + INSTANCES];
static int initialised;
static struct timespec loaded;

__attribute__((constructor)) static void remember_start(void) { clock_gettime(CLOCK_MONOTONIC, &loaded); }

/* ---- the scenario, as a table of open addressing ---- */

struct setting {
  char key[KEY_LENGTH], value[VALUE_LENGTH];
  double number;
  unsigned calls;
};
static struct setting settings[SLOTS];
static struct stat seen;
/* Counts the readings of the file: what was looked up before is out of date. */
static unsigned scenario;
static struct setting *frozen, *latency;

static struct setting *find(const char *key);

static struct setting *slot_of(const char *key) {
  unsigned hash = 2166136261u;
  for (const char *c = key; *c; c++) hash = (hash ^ (unsigned char)*c) * 16777619u;
  unsigned slot = hash % SLOTS;
  while (settings[slot].key[0] && strcmp(settings[slot].key, key) != 0) slot = (slot + 1) % SLOTS;
  return &settings[slot];
}

static void read_scenario(const char *path) {
  static char line[KEY_LENGTH + VALUE_LENGTH];
  memset(settings, 0, sizeof settings);
  FILE *file = fopen(path, "r");
  if (!file) return;
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    char *value = strchr(line, ' ');
    if (!value || value - line >= KEY_LENGTH || strlen(value) > VALUE_LENGTH) continue;
    *value++ = 0;
    struct setting *setting = slot_of(line);
    strcpy(setting->key, line);
    strcpy(setting->value, value);
    setting->number = atof(value);
  }
  fclose(file);
  frozen = find("now_ms");
  latency = find("latency_us");
}

/* A `stat` costs more than all the rest of a call: one a millisecond, unless time stands still. */
static int is_due(void) {
  static struct timespec last;
  struct timespec now;
  if (!scenario || frozen) return 1;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if ((now.tv_sec - last.tv_sec) * 1000000000L + now.tv_nsec - last.tv_nsec < 1000000L) return 0;
  last = now;
  return 1;
}

static void refresh(void) {
  static char path[4096];
  struct stat now;
  Dl_info self;
  if (!is_due()) return;
  if (!path[0] && dladdr((void *)&refresh, &self)) snprintf(path, sizeof path, "%s.scenario", self.dli_fname);
  if (stat(path, &now)) return;
  int same = now.st_ino == seen.st_ino && now.st_mtim.tv_sec == seen.st_mtim.tv_sec;
  if (same && now.st_mtim.tv_nsec == seen.st_mtim.tv_nsec && now.st_size == seen.st_size) return;
  seen = now;
  scenario++;
  read_scenario(path);
}

static struct setting *find(const char *key) {
  struct setting *setting = slot_of(key);
  return setting->key[0] ? setting : NULL;
}

static const char *text_at(const char *key) {
  struct setting *setting = find(key);
  return setting ? setting->value : NULL;
}

static double number_at(const char *key, double fallback) {
  struct setting *setting = find(key);
  return setting ? setting->number : fallback;
}

static double now_ms(void) {
  struct timespec now;
  if (frozen) return frozen->number;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - loaded.tv_sec) * 1e3 + (double)(now.tv_nsec - loaded.tv_nsec) / 1e6;
}

/* The entry of a list of return codes that counts now; `fallback` without a list. */
static int listed_status(struct setting *setting, int fallback) {
  if (!setting) return fallback;
  unsigned call = setting->calls++;
  int status = fallback;
  for (const char *entry = setting->value; entry; entry = strchr(entry, ',') ? strchr(entry, ',') + 1 : NULL) {
    char *end;
    int code = (int)strtol(entry, &end, 10);
    int due = *end != '@' || (end[1] == '#' ? call >= strtoul(end + 2, NULL, 10) : now_ms() >= atof(end + 1));
    if (due) status = code;
  }
  return status;
}

/* ---- devices ---- */

static int gpu_of(const void *device) { return (int)(((const char *)device - handles[0]) / (1 + INSTANCES)); }
static int instance_of(const void *device) { return (int)(((const char *)device - handles[0]) % (1 + INSTANCES)) - 1; }

/* `gpuN.NAME SUFFIX`, or `gpuN.mig.M.NAME SUFFIX`. */
static struct setting *look_up(const void *device, const char *name, const char *suffix) {
  char key[KEY_LENGTH];
  int gpu = gpu_of(device), instance = instance_of(device);
  if (instance < 0) snprintf(key, sizeof key, "gpu%d.%s%s", gpu, name, suffix);
  else snprintf(key, sizeof key, "gpu%d.mig.%d.%s%s", gpu, instance, name, suffix);
  return find(key);
}

/* Each key is looked up once per scenario. Names and suffixes must live for good: they are told apart by their addresses. */
static struct setting *setting_of(const void *device, const char *name, const char *suffix) {
  static struct { const void *device; const char *name, *suffix; unsigned scenario; struct setting *setting; } known[SLOTS];
  uintptr_t mixed = ((uintptr_t)device * 31 + (uintptr_t)name) * 31 + (uintptr_t)suffix;
  int i = (int)((mixed ^ mixed >> 12) % SLOTS);
  if (known[i].scenario == scenario && known[i].device == device && known[i].name == name && known[i].suffix == suffix)
    return known[i].setting;
  known[i].device = device, known[i].name = name, known[i].suffix = suffix, known[i].scenario = scenario;
  return known[i].setting = look_up(device, name, suffix);
}

static const char *of_gpu(const void *device, const char *name) {
  struct setting *setting = setting_of(device, name, "");
  return setting ? setting->value : NULL;
}
static double gpu_number(const void *device, const char *name, double fallback) {
  struct setting *setting = setting_of(device, name, "");
  return setting ? setting->number : fallback;
}

/* Begins each call about a device. */
static void enter(void) {
  refresh();
  double microseconds = latency ? latency->number : 0;
  if (microseconds > 0) {
    struct timespec delay = {0, (long)(microseconds * 1e3)};
    nanosleep(&delay, NULL);
  }
}

static int status_of(const void *device, const char *name) {
  if (!initialised) return UNINITIALIZED;
  return listed_status(setting_of(device, name, ".status"), of_gpu(device, name) ? SUCCESS : NOT_SUPPORTED);
}

static int text_of(const void *device, const char *name, char *text, unsigned int length) {
  enter();
  int status = status_of(device, name);
  const char *value = of_gpu(device, name);
  if (status == SUCCESS) snprintf(text, length, "%s", value ? value : "");
  return status;
}

static int number_of(const void *device, const char *name, unsigned int *value) {
  enter();
  int status = status_of(device, name);
  const char *text = of_gpu(device, name);
  if (status == SUCCESS) *value = text ? (unsigned int)strtoul(text, NULL, 0) : 0;
  return status;
}

/* ---- true power, counter and power readings ---- */

/* One field as the scenario has it. */
struct field {
  uint32_t field, scope;
  const char *text;
  struct setting *status;
  int usual;
};

/* What a look at one GPU needs, side by side: looks are rare, so that each finds the caches cold. */
static struct sensor {
  unsigned scenario;
  int fields_known;
  uint64_t base;
  double watts, period, duty, square_watts, square_period, square_high, stuck, reset, wrap;
  struct field fields[8];
} sensors[GPUS][1 + INSTANCES];

static struct sensor *sensor_of(const void *device) {
  struct sensor *sensor = &sensors[gpu_of(device)][1 + instance_of(device)];
  if (sensor->scenario == scenario) return sensor;
  const char *start = of_gpu(device, "energy");
  sensor->scenario = scenario;
  sensor->fields_known = 0;
  sensor->base = start ? strtoull(start, NULL, 10) : 0;
  sensor->watts = gpu_number(device, "energy.watts", 0);
  sensor->period = gpu_number(device, "energy.period_ms", 1);
  sensor->duty = gpu_number(device, "energy.duty", 1);
  sensor->square_watts = gpu_number(device, "square.watts", 0);
  sensor->square_period = gpu_number(device, "square.period_ms", 0);
  sensor->square_high = gpu_number(device, "square.high", 0.5);
  sensor->stuck = gpu_number(device, "energy.stuck_ms", INFINITY);
  sensor->reset = gpu_number(device, "energy.reset_ms", INFINITY);
  sensor->wrap = gpu_number(device, "energy.wrap", 0);
  return sensor;
}

/* Joules of the true power since loading. */
static double joules_at(const struct sensor *sensor, double ms) {
  double joules = sensor->watts * ms / 1e3;
  if (sensor->square_period <= 0) return joules;
  double high = sensor->square_period * sensor->square_high;
  double whole = floor(ms / sensor->square_period);
  double part = ms - whole * sensor->square_period;
  return joules + sensor->square_watts * (whole * high + (part < high ? part : high)) / 1e3;
}

/* Mean watts that the sensor saw in its update number `tick`, from 1. */
static double watts_seen(const struct sensor *sensor, double tick) {
  double look = sensor->period * sensor->duty;
  double end = tick * sensor->period;
  return (joules_at(sensor, end) - joules_at(sensor, end - look)) / (look / 1e3);
}

/* Joules that the counter has added by an instant; with a part-time sensor, update by update. */
static double joules_counted(const struct sensor *sensor, double ms) {
  double ticks = floor(ms / sensor->period);
  if (sensor->duty >= 1) return joules_at(sensor, ticks * sensor->period);
  double joules = 0;
  for (double tick = 1; tick <= ticks; tick++) joules += watts_seen(sensor, tick) * sensor->period / 1e3;
  return joules;
}

static uint64_t counter_millijoules(const void *device) {
  const struct sensor *sensor = sensor_of(device);
  uint64_t base = sensor->base;
  double now = fmin(now_ms(), sensor->stuck);
  double counted = joules_counted(sensor, now);
  if (now >= sensor->reset) base = 0, counted -= joules_counted(sensor, sensor->reset);
  uint64_t value = base + (uint64_t)floor(counted * 1e3 + 1e-6);
  return sensor->wrap > 0 ? value % (uint64_t)sensor->wrap : value;
}

static uint64_t power_milliwatts(const void *device) {
  const struct sensor *sensor = sensor_of(device);
  double tick = floor(fmin(now_ms(), sensor->stuck) / sensor->period);
  return tick < 1 ? 0 : (uint64_t)llround(watts_seen(sensor, tick) * 1e3);
}

static uint64_t figure(const void *device, const char *text) {
  if (!text || strcmp(text, "energy") == 0) return counter_millijoules(device);
  return strcmp(text, "true") == 0 ? power_milliwatts(device) : strtoull(text, NULL, 10);
}

/* ---- the library as a whole ---- */

int nvmlInit_v2(void) {
  refresh();
  int status = listed_status(find("init"), SUCCESS);
  initialised = status == SUCCESS;
  return status;
}

int nvmlShutdown(void) {
  initialised = 0;
  return SUCCESS;
}

static int system_text(const char *key, char *text, unsigned int length) {
  refresh();
  const char *value = text_at(key);
  snprintf(text, length, "%s", value ? value : "");
  return value ? SUCCESS : NOT_SUPPORTED;
}

int nvmlSystemGetDriverVersion(char *text, unsigned int length) { return system_text("driver", text, length); }
int nvmlSystemGetNVMLVersion(char *text, unsigned int length) { return system_text("nvml", text, length); }

int nvmlSystemGetCudaDriverVersion_v2(int *version) {
  refresh();
  *version = (int)number_at("cuda", 0);
  return text_at("cuda") ? SUCCESS : NOT_SUPPORTED;
}

int nvmlDeviceGetCount_v2(unsigned int *count) {
  refresh();
  *count = (unsigned int)number_at("count", 0);
  return initialised ? listed_status(find("count.status"), SUCCESS) : UNINITIALIZED;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) {
  refresh();
  if (index >= GPUS) return INVALID_ARGUMENT;
  *device = handles[index];
  return listed_status(setting_of(*device, "status", ""), SUCCESS);
}

/* ---- what a GPU is ---- */

int nvmlDeviceGetName(void *device, char *text, unsigned int length) { return text_of(device, "name", text, length); }
int nvmlDeviceGetUUID(void *device, char *text, unsigned int length) { return text_of(device, "uuid", text, length); }
int nvmlDeviceGetPciInfo_v3(void *device, void *info) { return text_of(device, "pci", (char *)info + 36, 32); }
int nvmlDeviceGetArchitecture(void *device, unsigned int *value) { return number_of(device, "architecture", value); }

int nvmlDeviceGetVirtualizationMode(void *device, unsigned int *value) {
  return number_of(device, "virtualization", value);
}

int nvmlDeviceGetMemoryInfo_v2(void *device, void *memory) {
  uint32_t version;
  memcpy(&version, memory, sizeof version);
  if (version != 0x02000028) return VERSION_MISMATCH;
  enter();
  int status = status_of(device, "memory");
  uint64_t total = status == SUCCESS ? strtoull(of_gpu(device, "memory"), NULL, 10) : 0;
  memcpy((char *)memory + 8, &total, sizeof total);
  return status;
}

#ifndef WITHOUT_MIG
int nvmlDeviceGetMigMode(void *device, unsigned int *current, unsigned int *pending) {
  int status = number_of(device, "mig", current);
  *pending = *current;
  return status;
}

int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned int *count) { return number_of(device, "mig.max", count); }

int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned int index, void **instance) {
  enter();
  if (index >= INSTANCES) return INVALID_ARGUMENT;
  *instance = handles[gpu_of(device)] + 1 + index;
  return of_gpu(*instance, "uuid") ? SUCCESS : NOT_FOUND;
}
#endif

/* ---- what a GPU does ---- */

int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned int *limit) { return number_of(device, "limit", limit); }

int nvmlDeviceGetClockInfo(void *device, int type, unsigned int *clock) {
  return type == 1 ? number_of(device, "clock", clock) : NOT_SUPPORTED;
}

#ifndef WITHOUT_TEMPERATURE_V
int nvmlDeviceGetTemperatureV(void *device, uint32_t *temperature) {
  if (temperature[0] != 0x0100000C) return VERSION_MISMATCH;
  int status = listed_status(setting_of(device, "temperature_v", ".status"), SUCCESS);
  return status == SUCCESS ? number_of(device, "temperature", &temperature[2]) : status;
}
#endif

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned int *temperature) {
  return sensor == 0 ? number_of(device, "temperature", temperature) : INVALID_ARGUMENT;
}

static int reasons_of(void *device, unsigned long long *reasons) {
  unsigned int bits = 0;
  int status = number_of(device, "reasons", &bits);
  *reasons = bits;
  return status;
}

#ifndef WITHOUT_EVENT_REASONS
int nvmlDeviceGetCurrentClocksEventReasons(void *device, unsigned long long *reasons) {
  return reasons_of(device, reasons);
}
#endif

int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) {
  return reasons_of(device, reasons);
}

/* Entries are written as far as their stride says, all bytes of them. */
static int list_processes(void *device, unsigned int *count, char *entries) {
  enter();
  int status = status_of(device, "processes");
  if (status != SUCCESS) return status;
  const char *list = of_gpu(device, "processes");
  size_t stride = (size_t)gpu_number(device, "processes.stride", 24);
  unsigned int room = *count, found = 0;
  while (list && *list >= '0' && *list <= '9') {
    char *end;
    uint32_t pid = (uint32_t)strtoul(list, &end, 10);
    uint64_t bytes = *end == ':' ? strtoull(end + 1, &end, 10) : UINT64_MAX;
    if (found < room) {
      memset(entries + found * stride, 0, stride);
      memcpy(entries + found * stride, &pid, sizeof pid);
      memcpy(entries + found * stride + 8, &bytes, sizeof bytes);
    }
    found++;
    list = end + strspn(end, " ");
  }
  *count = found;
  return found > room ? INSUFFICIENT_SIZE : SUCCESS;
}

#ifndef WITHOUT_PROCESSES_V3
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned int *count, void *entries) {
  return list_processes(device, count, entries);
}
#endif

int nvmlDeviceGetComputeRunningProcesses_v2(void *device, unsigned int *count, void *entries) {
  return list_processes(device, count, entries);
}

/* ---- what a GPU spends ---- */

int nvmlDeviceGetPowerUsage(void *device, unsigned int *power) {
  enter();
  int status = status_of(device, "power");
  if (status == SUCCESS) *power = (unsigned int)figure(device, of_gpu(device, "power"));
  return status;
}

#ifndef WITHOUT_ENERGY
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy) {
  enter();
  int status = status_of(device, "energy");
  if (status == SUCCESS) *energy = counter_millijoules(device);
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

/* Made once each. */
static const char *field_name(uint32_t field, uint32_t scope) {
  static char names[256][2][16];
  char *name = names[field % 256][scope % 2];
  if (!*name) snprintf(name, sizeof names[0][0], scope ? "field%u@%u" : "field%u", field, scope);
  return name;
}

static struct field describe_field(const void *device, uint32_t id, uint32_t scope) {
  const char *name = field_name(id, scope);
  const char *text = of_gpu(device, name);
  struct setting *status = setting_of(device, name, ".status");
  if ((id != 83 && id != 191) || scope != 0 || text || status)
    return (struct field){id, scope, text, status, text ? SUCCESS : NOT_SUPPORTED};
  int usual = of_gpu(device, "energy") ? SUCCESS : NOT_SUPPORTED;
  return (struct field){id, scope, text, setting_of(device, "energy", ".status"), usual};
}

static struct field field_of(const void *device, uint32_t id, uint32_t scope) {
  struct sensor *sensor = sensor_of(device);
  for (int i = 0; i < sensor->fields_known; i++)
    if (sensor->fields[i].field == id && sensor->fields[i].scope == scope) return sensor->fields[i];
  struct field found = describe_field(device, id, scope);
  if (sensor->fields_known < (int)(sizeof sensor->fields / sizeof found)) sensor->fields[sensor->fields_known++] = found;
  return found;
}

static void read_field(void *device, struct field_value *entry) {
  struct field field = field_of(device, entry->field, entry->scope);
  entry->status = listed_status(field.status, field.usual);
  entry->value = entry->status == SUCCESS ? figure(device, field.text) : 0;
  entry->type = entry->field == 83 || entry->field == 191 ? 3 : 1;
}

/* The outer call succeeds whatever the entries say, as the real one does. */
int nvmlDeviceGetFieldValues(void *device, int count, struct field_value *entries) {
  enter();
  if (!initialised) return UNINITIALIZED;
  for (int i = 0; i < count; i++) read_field(device, &entries[i]);
  return SUCCESS;
}
#endif
