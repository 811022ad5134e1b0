// The mongo image runs this once, when the volume is new. The logger's user, worker, may write; the app may read, answer
// alerts, change rules, annotate, tag samples and set the audit's share.
const name = "mlops_labeller_db"; // MONITOR_DATABASE
const admin = db.getSiblingDB("admin");
admin.createUser({ user: "worker", pwd: process.env.WORKER_PASSWORD, roles: [{ role: "readWrite", db: name }] });
const edited = ["monitor_alerts", "monitor_rules", "monitor_rule_versions", "monitor_tags"];
admin.createRole({
  role: "answers",
  privileges: [
    ...edited.map((collection) => ({ resource: { db: name, collection }, actions: ["insert", "update"] })),
    { resource: { db: name, collection: "monitor_annotations" }, actions: ["insert", "remove"] },
    { resource: { db: name, collection: "monitor_audit_plans" }, actions: ["insert"] },
  ],
  roles: [{ role: "read", db: name }],
});
admin.createUser({ user: "app", pwd: process.env.APP_PASSWORD, roles: ["answers"] });
