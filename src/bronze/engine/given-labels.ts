import type { Dialect, PlanLabel } from "../../sql/index.js";
import { type Cell, type Column, cellReader, take } from "../../table/index.js";
import { labelColumn, labelTypes, type startJoin } from "../../travel/index.js";
import { labelsByDays, latestCutoff } from "../read/join-as-of.js";
import { unsupported } from "./plan-forms.js";
import { type AskedJoin, type JoinGroup, type LabelledJoin, planJoin } from "./plan-join.js";

/** Labels, and their questions. */
type StartedJoin = Pick<ReturnType<typeof startJoin>, "questions" | "labels">;

/**
 * Plans a join of labels that this process has.
 *
 * @param carried whether the engine gets their columns, to write them
 * @throws BronzeError of labels and days, as `joinLabels`; `TYPE_CLASH`, `ENGINE_UNSUPPORTED` for columns that it cannot write; and
 * as `planJoin`
 */
export async function planOfLabels(
  asked: AskedJoin,
  { questions, labels }: StartedJoin,
  dialect: Dialect,
  carried: boolean,
): Promise<LabelledJoin> {
  const { dataset, options } = asked;
  const groups = labelsByDays(dataset, labels, questions, options);
  const groupOf = new Int32Array(labels.length);
  for (const [group, { members }] of groups.entries()) for (const label of members) groupOf[label] = group;

  const types = labelTypes(dataset, options);
  const names = [...new Set(labels.flatMap((label) => Object.keys(label)))];
  const known = new Map<string, Column>();
  const columnOf = (name: string): Column => {
    const values = () => labels.map((label) => label[name]);
    const column = known.get(name) ?? labelColumn(name, values(), types.get(name));
    known.set(name, column);
    return column;
  };
  const columns = carried ? names.map((name) => ({ name, type: columnOf(name).type })) : [];
  for (const { name, type } of columns)
    if (["bytes", "list", "nested", "time"].includes(type.kind))
      throw unsupported(
        dialect,
        `column "${name}" of the labels is ${type.kind}, which is not written for it`,
        {
          dataset: dataset.name,
          column: name,
        },
      );
  const readers = columns.map(({ name }) => cellReader(columnOf(name), "bigint"));

  const planned = await planJoin(
    asked,
    groups.map(({ span, members }): JoinGroup => {
      const own = () => members.map((label) => questions[label]!);
      return { span, latestNs: latestCutoff(questions, members), questions: async () => own() };
    }),
    {
      kind: "rows",
      columns,
      rows: questions.map(
        ({ cells, cutoffNs, knownByNs = null }, label): PlanLabel => ({
          group: groupOf[label]!,
          cells,
          cutoffNs,
          knownByNs,
          carried: readers.map((cell): Cell => cell(label)),
        }),
      ),
    },
    dialect,
  );
  const numbers = (told: readonly (readonly unknown[])[]) => told[0]!.map(Number);
  return {
    ...planned,
    names,
    told: 1,
    labelsOf: (told) => ({ labels, types, labelOf: numbers(told), groupOf: (label) => groupOf[label]! }),
    columnsOf(told) {
      const rows = numbers(told);
      const whole = new Uint8Array(rows.length);
      return names.map((name) => {
        const column = columnOf(name);
        return [name, take(column.type, [column], whole, rows)];
      });
    },
  };
}
