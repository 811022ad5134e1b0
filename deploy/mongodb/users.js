// Run once by the mongo image, when the volume is new: the worker may write, the app may only read.
const name = "mlops_labeller_db"; // MONITOR_DATABASE
const admin = db.getSiblingDB("admin");
admin.createUser({ user: "worker", pwd: process.env.WORKER_PASSWORD, roles: [{ role: "readWrite", db: name }] });
admin.createUser({ user: "app", pwd: process.env.APP_PASSWORD, roles: [{ role: "read", db: name }] });
