/** Tells file systems that cannot hold state by the magic number that `statfs` gives. */

/** Source: `statfs(2)` and the kernel's `include/uapi/linux/magic.h`; Lustre, GPFS and BeeGFS from their own headers. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x01021997, '9p'],
  [0x73757245, 'Coda'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
]);

/** File systems of the kernel, which keep no files; making folders there can go on for ever. */
const KERNEL_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x27e0eb, 'cgroup'],
  [0x63677270, 'cgroup2'],
]);

/** Why state cannot be kept on the file system with this magic number; `undefined`: it can. */
export function unfitForState(magic: number): string | undefined {
  const network = NETWORK_FILE_SYSTEMS.get(magic >>> 0);
  if (network) return `${network}, a network file system, which cannot be trusted with locks and flushes`;
  const kernel = KERNEL_FILE_SYSTEMS.get(magic >>> 0);
  return kernel && `${kernel}, which keeps no files`;
}
