export { type Diagnosis, type DoctorOptions, doctor } from "./doctor.js";
export type { Check, Finding, FindingCode } from "./finding.js";
