/**
 * Questions as statements, for tools of one's own: what `bronze.sql`, `sqlJoinAsOf` and `sqlDiff` write for, and the plans that they
 * give.
 *
 * @packageDocumentation
 */
export { dialects } from "./dialects.js";
export type {
  DiffPlan,
  EnginePlan,
  HistoryPlan,
  JoinPlan,
  LabelColumn,
  PlanColumn,
  PlanDay,
  PlanForm,
  PlanGroup,
  PlanGroupRule,
  PlanLabel,
  PlanLabelQuery,
  PlanLabelRows,
  PlanLabels,
  PlanPart,
  PlanQuestion,
  PlanRules,
  StoredColumn,
} from "./plan.js";
