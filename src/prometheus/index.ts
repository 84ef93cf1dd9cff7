export { type PrometheusSurvey, toPrometheus, writePrometheus } from "./prometheus.js";
