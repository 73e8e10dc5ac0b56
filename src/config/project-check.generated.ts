// Written by npm run compile-schemas from schemas/project.json; do not edit.
// @ts-nocheck: ajv's own output
"use strict";
export const checkProject = validate20;
const schema31 = {"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://sluice.dev/schemas/project.json","title":"sluice.yaml","description":"The project file of sluice: where the Connect clusters and databases are, and which files describe connectors.","type":"object","required":["version"],"additionalProperties":false,"properties":{"$schema":{"type":"string"},"version":{"const":1,"description":"Version of this file's form."},"contexts":{"type":"object","description":"Connect clusters by name, picked by --context NAME or SLUICE_CONTEXT.","additionalProperties":{"$ref":"#/$defs/context"}},"defaultContext":{"type":"string","description":"The context of commands that name none."},"databases":{"type":"object","description":"Databases by name, as reconcile and preflight use them.","additionalProperties":{"$ref":"#/$defs/database"}},"connectors":{"type":"array","description":"Globs of connector files, relative to this file.","items":{"type":"string"}},"topics":{"type":"object","description":"Topics by name, or by pattern with * and ?; plan and deploy make them so. What is left out is left alone.","propertyNames":{"pattern":"^[A-Za-z0-9._*?-]{1,249}$"},"additionalProperties":{"$ref":"#/$defs/topic"}},"prune":{"type":"object","description":"What deploy --prune may remove.","required":["match"],"additionalProperties":false,"properties":{"match":{"description":"Names of connectors that belong to this project, as patterns with * and ?.","oneOf":[{"type":"string"},{"type":"array","minItems":1,"items":{"type":"string"}}]}}},"preflight":{"type":"object","description":"How databases are looked at before a deploy.","additionalProperties":false,"properties":{"databases":{"type":"object","description":"Connector to the name of the database that stands for its own settings, where those are the worker's to fill in.","additionalProperties":{"type":"string"}}}},"validate":{"type":"object","description":"How connector files are checked.","additionalProperties":false,"properties":{"rules":{"type":"object","description":"Severity of rules by id; see sluice rules list.","additionalProperties":{"enum":["error","warning","note","off"]}},"silence":{"type":"array","description":"Findings that are known and accepted.","items":{"type":"object","required":["rule","reason"],"additionalProperties":false,"properties":{"rule":{"type":"string"},"connector":{"type":"string"},"key":{"type":"string"},"reason":{"type":"string","description":"Why; written for the next reader."}}}}}},"reconcile":{"type":"object","description":"What sluice reconcile compares by name, and when.","additionalProperties":false,"properties":{"pairs":{"type":"object","description":"Comparisons by name, for reconcile --pair NAME and reconcile schedule.","additionalProperties":{"$ref":"#/$defs/pair"}},"history":{"type":"object","description":"The record of past runs.","additionalProperties":false,"properties":{"keep":{"type":"integer","minimum":1,"description":"Runs that are kept; the oldest go (default 1000)."}}}}}},"$defs":{"pair":{"type":"object","additionalProperties":false,"properties":{"source":{"type":"string","description":"A database by name, or its URL."},"target":{"type":"string","description":"The database that should have the same rows."},"connector":{"type":"string","description":"A JDBC sink whose pipeline says tables, databases and fence."},"context":{"type":"string","description":"The context of the connector."},"tables":{"type":"array","minItems":1,"items":{"oneOf":[{"type":"string"},{"$ref":"#/$defs/pairTable"}]}},"key":{"$ref":"#/$defs/columnNames","description":"Key columns, in place of the primary key."},"columns":{"$ref":"#/$defs/columnNames","description":"Compare these only, and the key."},"ignore":{"$ref":"#/$defs/columnNames","description":"Leave these out."},"rename":{"$ref":"#/$defs/columnRenames"},"where":{"type":"string","description":"SQL condition on the rows of both sides."},"rules":{"$ref":"#/$defs/columnRules"},"mode":{"enum":["rows","checksums","counts","schema"]},"strong":{"type":"boolean","description":"Compare by 128 bits of MD5, or of SHA-256 where a side has no MD5."},"settle":{"$ref":"#/$defs/duration"},"fenceTimeout":{"$ref":"#/$defs/duration"},"marker":{"type":"boolean","description":"Move a quiet source's log on by a marker."},"markerTable":{"type":"string","description":"The source's table that the marker is written into."},"floatTolerance":{"type":"number","minimum":0,"description":"Of all floating-point columns without a rule: the relative difference that is none."},"limit":{"type":"integer","minimum":0,"description":"Differences that are listed per table."},"maskValues":{"type":"boolean"},"statementTimeout":{"$ref":"#/$defs/duration"},"connectTimeout":{"$ref":"#/$defs/duration"},"parallel":{"type":"integer","minimum":1,"maximum":32,"description":"Connections on each side that read parts of a large table."},"partRows":{"type":"integer","minimum":1000,"description":"Rows of a large table that one query reads."},"maxLoad":{"type":"number","exclusiveMinimum":1,"description":"Hold back while a small read takes as many times its quickest."},"schedule":{"type":"string","description":"Cron expression of reconcile schedule."},"timezone":{"type":"string","description":"IANA time zone of the schedule (default UTC)."}}},"pairTable":{"type":"object","required":["table"],"additionalProperties":false,"properties":{"table":{"type":"string","description":"TABLE, SCHEMA.TABLE, SOURCE=TARGET or a pattern."},"key":{"$ref":"#/$defs/columnNames"},"columns":{"$ref":"#/$defs/columnNames"},"ignore":{"$ref":"#/$defs/columnNames"},"rename":{"$ref":"#/$defs/columnRenames"},"where":{"type":"string"},"rules":{"$ref":"#/$defs/columnRules"}}},"columnNames":{"type":"array","minItems":1,"items":{"type":"string"}},"columnRenames":{"type":"object","description":"The target's column name by the source's.","additionalProperties":{"type":"string"}},"columnRules":{"type":"object","description":"How single columns are compared, by the source's name.","additionalProperties":{"type":"object","minProperties":1,"additionalProperties":false,"properties":{"tolerance":{"description":"Largest difference that is none: a number, or a duration for timestamps and times.","oneOf":[{"type":"number","minimum":0},{"type":"string"}]},"relative":{"type":"number","minimum":0,"description":"The same as a part of the larger value."},"precision":{"enum":["s","ms","us"],"description":"Round timestamps and times to this."},"scale":{"type":"integer","minimum":0,"maximum":30,"description":"Round numbers to as many digits."},"trim":{"type":"boolean","description":"Blanks at both ends of a text do not count."},"case":{"enum":["sensitive","insensitive"]}}}},"duration":{"type":"string","pattern":"^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"},"context":{"type":"object","required":["connect"],"additionalProperties":false,"properties":{"connect":{"$ref":"#/$defs/connect"},"kafka":{"$ref":"#/$defs/kafka"},"protected":{"type":"boolean","description":"Ask for the context's name before anything is changed."},"variables":{"type":"object","description":"Variables for ${NAME} in this context; the environment and --env-file go before them.","propertyNames":{"pattern":"^[A-Z_][A-Z0-9_]*$"},"additionalProperties":{"oneOf":[{"type":"string"},{"type":"number"},{"type":"boolean"}]}}}},"connect":{"oneOf":[{"type":"string","description":"URL of the Connect REST API."},{"$ref":"#/$defs/connectObject"}]},"connectObject":{"type":"object","required":["url"],"additionalProperties":false,"properties":{"url":{"description":"URL of the Connect REST API, or several of one cluster that are tried in turn.","oneOf":[{"type":"string"},{"type":"array","minItems":1,"items":{"type":"string"}}]},"username":{"type":"string"},"password":{"type":"string"},"token":{"type":"string","description":"Bearer token."},"headers":{"type":"object","additionalProperties":{"type":"string"}},"timeout":{"type":"string","pattern":"^[0-9]+(ms|s|m|h)$|^\\$\\{","description":"Longest wait for one answer, such as 30s."},"tls":{"type":"object","additionalProperties":false,"properties":{"ca":{"type":"string","description":"PEM file of certificate authorities."},"cert":{"type":"string","description":"PEM file of the client's certificate."},"key":{"type":"string","description":"PEM file of the client's key."},"rejectUnauthorized":{"type":"boolean","description":"false accepts any certificate: for tests only."}}}}},"kafka":{"type":"object","required":["bootstrapServers"],"additionalProperties":false,"properties":{"bootstrapServers":{"oneOf":[{"type":"string"},{"type":"array","minItems":1,"items":{"type":"string"}}]},"sasl":{"type":"object","required":["mechanism","username","password"],"additionalProperties":false,"properties":{"mechanism":{"enum":["PLAIN","SCRAM-SHA-256","SCRAM-SHA-512"]},"username":{"type":"string"},"password":{"type":"string"}}},"tls":{"oneOf":[{"type":"boolean"},{"type":"object","additionalProperties":false,"properties":{"ca":{"type":"string"},"cert":{"type":"string"},"key":{"type":"string"}}}]}}},"topic":{"type":"object","additionalProperties":false,"properties":{"partitions":{"description":"Partitions; never made fewer.","oneOf":[{"type":"integer","minimum":1},{"$ref":"#/$defs/reference"}]},"replicationFactor":{"description":"Replicas of a topic that is made; of one that is there they are only compared.","oneOf":[{"type":"integer","minimum":1},{"$ref":"#/$defs/reference"}]},"retention":{"type":"string","pattern":"^[0-9]+(ms|s|m|h|d)$|^unlimited$|^\\$\\{","description":"How long records are kept, such as 30d, or unlimited; Kafka's retention.ms."},"cleanupPolicy":{"enum":["delete","compact","compact,delete","delete,compact"],"description":"Kafka's cleanup.policy."},"configs":{"type":"object","description":"Any other configuration of a topic, under Kafka's own key.","additionalProperties":{"type":["string","number","boolean"]}}}},"reference":{"type":"string","pattern":"^\\$\\{","description":"A reference such as ${PARTITIONS}."},"database":{"oneOf":[{"type":"string","description":"postgres://…, mysql://…, mariadb://… or sqlserver://… URL."},{"type":"object","required":["url"],"additionalProperties":false,"properties":{"url":{"type":"string"},"password":{"type":"string","description":"Instead of one inside the URL."}}}]}}};
const schema36 = {"oneOf":[{"type":"string","description":"postgres://…, mysql://…, mariadb://… or sqlserver://… URL."},{"type":"object","required":["url"],"additionalProperties":false,"properties":{"url":{"type":"string"},"password":{"type":"string","description":"Instead of one inside the URL."}}}]};
const func1 = Object.prototype.hasOwnProperty;
const schema32 = {"type":"object","required":["connect"],"additionalProperties":false,"properties":{"connect":{"$ref":"#/$defs/connect"},"kafka":{"$ref":"#/$defs/kafka"},"protected":{"type":"boolean","description":"Ask for the context's name before anything is changed."},"variables":{"type":"object","description":"Variables for ${NAME} in this context; the environment and --env-file go before them.","propertyNames":{"pattern":"^[A-Z_][A-Z0-9_]*$"},"additionalProperties":{"oneOf":[{"type":"string"},{"type":"number"},{"type":"boolean"}]}}}};
const schema35 = {"type":"object","required":["bootstrapServers"],"additionalProperties":false,"properties":{"bootstrapServers":{"oneOf":[{"type":"string"},{"type":"array","minItems":1,"items":{"type":"string"}}]},"sasl":{"type":"object","required":["mechanism","username","password"],"additionalProperties":false,"properties":{"mechanism":{"enum":["PLAIN","SCRAM-SHA-256","SCRAM-SHA-512"]},"username":{"type":"string"},"password":{"type":"string"}}},"tls":{"oneOf":[{"type":"boolean"},{"type":"object","additionalProperties":false,"properties":{"ca":{"type":"string"},"cert":{"type":"string"},"key":{"type":"string"}}}]}}};
const schema33 = {"oneOf":[{"type":"string","description":"URL of the Connect REST API."},{"$ref":"#/$defs/connectObject"}]};
const schema34 = {"type":"object","required":["url"],"additionalProperties":false,"properties":{"url":{"description":"URL of the Connect REST API, or several of one cluster that are tried in turn.","oneOf":[{"type":"string"},{"type":"array","minItems":1,"items":{"type":"string"}}]},"username":{"type":"string"},"password":{"type":"string"},"token":{"type":"string","description":"Bearer token."},"headers":{"type":"object","additionalProperties":{"type":"string"}},"timeout":{"type":"string","pattern":"^[0-9]+(ms|s|m|h)$|^\\$\\{","description":"Longest wait for one answer, such as 30s."},"tls":{"type":"object","additionalProperties":false,"properties":{"ca":{"type":"string","description":"PEM file of certificate authorities."},"cert":{"type":"string","description":"PEM file of the client's certificate."},"key":{"type":"string","description":"PEM file of the client's key."},"rejectUnauthorized":{"type":"boolean","description":"false accepts any certificate: for tests only."}}}}};
const pattern4 = new RegExp("^[0-9]+(ms|s|m|h)$|^\\$\\{", "u");

function validate22(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate22.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
const _errs0 = errors;
let valid0 = false;
let passing0 = null;
const _errs1 = errors;
if(typeof data !== "string"){
const err0 = {instancePath,schemaPath:"#/oneOf/0/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
var _valid0 = _errs1 === errors;
if(_valid0){
valid0 = true;
passing0 = 0;
}
const _errs3 = errors;
const _errs4 = errors;
if(errors === _errs4){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.url === undefined) && (missing0 = "url")){
const err1 = {instancePath,schemaPath:"#/$defs/connectObject/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
else {
const _errs6 = errors;
for(const key0 in data){
if(!(((((((key0 === "url") || (key0 === "username")) || (key0 === "password")) || (key0 === "token")) || (key0 === "headers")) || (key0 === "timeout")) || (key0 === "tls"))){
const err2 = {instancePath,schemaPath:"#/$defs/connectObject/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
break;
}
}
if(_errs6 === errors){
if(data.url !== undefined){
let data0 = data.url;
const _errs7 = errors;
const _errs8 = errors;
let valid3 = false;
let passing1 = null;
const _errs9 = errors;
if(typeof data0 !== "string"){
const err3 = {instancePath:instancePath+"/url",schemaPath:"#/$defs/connectObject/properties/url/oneOf/0/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
var _valid1 = _errs9 === errors;
if(_valid1){
valid3 = true;
passing1 = 0;
}
const _errs11 = errors;
if(errors === _errs11){
if(Array.isArray(data0)){
if(data0.length < 1){
const err4 = {instancePath:instancePath+"/url",schemaPath:"#/$defs/connectObject/properties/url/oneOf/1/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
else {
var valid4 = true;
const len0 = data0.length;
for(let i0=0; i0<len0; i0++){
const _errs13 = errors;
if(typeof data0[i0] !== "string"){
const err5 = {instancePath:instancePath+"/url/" + i0,schemaPath:"#/$defs/connectObject/properties/url/oneOf/1/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
var valid4 = _errs13 === errors;
if(!valid4){
break;
}
}
}
}
else {
const err6 = {instancePath:instancePath+"/url",schemaPath:"#/$defs/connectObject/properties/url/oneOf/1/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
var _valid1 = _errs11 === errors;
if(_valid1 && valid3){
valid3 = false;
passing1 = [passing1, 1];
}
else {
if(_valid1){
valid3 = true;
passing1 = 1;
}
}
if(!valid3){
const err7 = {instancePath:instancePath+"/url",schemaPath:"#/$defs/connectObject/properties/url/oneOf",keyword:"oneOf",params:{passingSchemas: passing1},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
else {
errors = _errs8;
if(vErrors !== null){
if(_errs8){
vErrors.length = _errs8;
}
else {
vErrors = null;
}
}
}
var valid2 = _errs7 === errors;
}
else {
var valid2 = true;
}
if(valid2){
if(data.username !== undefined){
const _errs15 = errors;
if(typeof data.username !== "string"){
const err8 = {instancePath:instancePath+"/username",schemaPath:"#/$defs/connectObject/properties/username/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
var valid2 = _errs15 === errors;
}
else {
var valid2 = true;
}
if(valid2){
if(data.password !== undefined){
const _errs17 = errors;
if(typeof data.password !== "string"){
const err9 = {instancePath:instancePath+"/password",schemaPath:"#/$defs/connectObject/properties/password/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
var valid2 = _errs17 === errors;
}
else {
var valid2 = true;
}
if(valid2){
if(data.token !== undefined){
const _errs19 = errors;
if(typeof data.token !== "string"){
const err10 = {instancePath:instancePath+"/token",schemaPath:"#/$defs/connectObject/properties/token/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
var valid2 = _errs19 === errors;
}
else {
var valid2 = true;
}
if(valid2){
if(data.headers !== undefined){
let data5 = data.headers;
const _errs21 = errors;
if(errors === _errs21){
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
for(const key1 in data5){
const _errs24 = errors;
if(typeof data5[key1] !== "string"){
const err11 = {instancePath:instancePath+"/headers/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/connectObject/properties/headers/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
var valid5 = _errs24 === errors;
if(!valid5){
break;
}
}
}
else {
const err12 = {instancePath:instancePath+"/headers",schemaPath:"#/$defs/connectObject/properties/headers/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
var valid2 = _errs21 === errors;
}
else {
var valid2 = true;
}
if(valid2){
if(data.timeout !== undefined){
let data7 = data.timeout;
const _errs26 = errors;
if(errors === _errs26){
if(typeof data7 === "string"){
if(!pattern4.test(data7)){
const err13 = {instancePath:instancePath+"/timeout",schemaPath:"#/$defs/connectObject/properties/timeout/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(ms|s|m|h)$|^\\$\\{"},message:"must match pattern \""+"^[0-9]+(ms|s|m|h)$|^\\$\\{"+"\""};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
}
}
else {
const err14 = {instancePath:instancePath+"/timeout",schemaPath:"#/$defs/connectObject/properties/timeout/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
}
var valid2 = _errs26 === errors;
}
else {
var valid2 = true;
}
if(valid2){
if(data.tls !== undefined){
let data8 = data.tls;
const _errs28 = errors;
if(errors === _errs28){
if(data8 && typeof data8 == "object" && !Array.isArray(data8)){
const _errs30 = errors;
for(const key2 in data8){
if(!((((key2 === "ca") || (key2 === "cert")) || (key2 === "key")) || (key2 === "rejectUnauthorized"))){
const err15 = {instancePath:instancePath+"/tls",schemaPath:"#/$defs/connectObject/properties/tls/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
break;
}
}
if(_errs30 === errors){
if(data8.ca !== undefined){
const _errs31 = errors;
if(typeof data8.ca !== "string"){
const err16 = {instancePath:instancePath+"/tls/ca",schemaPath:"#/$defs/connectObject/properties/tls/properties/ca/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
var valid6 = _errs31 === errors;
}
else {
var valid6 = true;
}
if(valid6){
if(data8.cert !== undefined){
const _errs33 = errors;
if(typeof data8.cert !== "string"){
const err17 = {instancePath:instancePath+"/tls/cert",schemaPath:"#/$defs/connectObject/properties/tls/properties/cert/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
}
var valid6 = _errs33 === errors;
}
else {
var valid6 = true;
}
if(valid6){
if(data8.key !== undefined){
const _errs35 = errors;
if(typeof data8.key !== "string"){
const err18 = {instancePath:instancePath+"/tls/key",schemaPath:"#/$defs/connectObject/properties/tls/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err18];
}
else {
vErrors.push(err18);
}
errors++;
}
var valid6 = _errs35 === errors;
}
else {
var valid6 = true;
}
if(valid6){
if(data8.rejectUnauthorized !== undefined){
const _errs37 = errors;
if(typeof data8.rejectUnauthorized !== "boolean"){
const err19 = {instancePath:instancePath+"/tls/rejectUnauthorized",schemaPath:"#/$defs/connectObject/properties/tls/properties/rejectUnauthorized/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err19];
}
else {
vErrors.push(err19);
}
errors++;
}
var valid6 = _errs37 === errors;
}
else {
var valid6 = true;
}
}
}
}
}
}
else {
const err20 = {instancePath:instancePath+"/tls",schemaPath:"#/$defs/connectObject/properties/tls/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err20];
}
else {
vErrors.push(err20);
}
errors++;
}
}
var valid2 = _errs28 === errors;
}
else {
var valid2 = true;
}
}
}
}
}
}
}
}
}
}
else {
const err21 = {instancePath,schemaPath:"#/$defs/connectObject/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err21];
}
else {
vErrors.push(err21);
}
errors++;
}
}
var _valid0 = _errs3 === errors;
if(_valid0 && valid0){
valid0 = false;
passing0 = [passing0, 1];
}
else {
if(_valid0){
valid0 = true;
passing0 = 1;
var props0 = true;
}
}
if(!valid0){
const err22 = {instancePath,schemaPath:"#/oneOf",keyword:"oneOf",params:{passingSchemas: passing0},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err22];
}
else {
vErrors.push(err22);
}
errors++;
validate22.errors = vErrors;
return false;
}
else {
errors = _errs0;
if(vErrors !== null){
if(_errs0){
vErrors.length = _errs0;
}
else {
vErrors = null;
}
}
}
validate22.errors = vErrors;
evaluated0.props = props0;
return errors === 0;
}
validate22.evaluated = {"dynamicProps":true,"dynamicItems":false};

const pattern5 = new RegExp("^[A-Z_][A-Z0-9_]*$", "u");

function validate21(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate21.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.connect === undefined) && (missing0 = "connect")){
validate21.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
const _errs1 = errors;
for(const key0 in data){
if(!((((key0 === "connect") || (key0 === "kafka")) || (key0 === "protected")) || (key0 === "variables"))){
validate21.errors = [{instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs1 === errors){
if(data.connect !== undefined){
const _errs2 = errors;
if(!(validate22(data.connect, {instancePath:instancePath+"/connect",parentData:data,parentDataProperty:"connect",rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate22.errors : vErrors.concat(validate22.errors);
errors = vErrors.length;
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.kafka !== undefined){
let data1 = data.kafka;
const _errs3 = errors;
const _errs4 = errors;
if(errors === _errs4){
if(data1 && typeof data1 == "object" && !Array.isArray(data1)){
let missing1;
if((data1.bootstrapServers === undefined) && (missing1 = "bootstrapServers")){
validate21.errors = [{instancePath:instancePath+"/kafka",schemaPath:"#/$defs/kafka/required",keyword:"required",params:{missingProperty: missing1},message:"must have required property '"+missing1+"'"}];
return false;
}
else {
const _errs6 = errors;
for(const key1 in data1){
if(!(((key1 === "bootstrapServers") || (key1 === "sasl")) || (key1 === "tls"))){
validate21.errors = [{instancePath:instancePath+"/kafka",schemaPath:"#/$defs/kafka/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs6 === errors){
if(data1.bootstrapServers !== undefined){
let data2 = data1.bootstrapServers;
const _errs7 = errors;
const _errs8 = errors;
let valid3 = false;
let passing0 = null;
const _errs9 = errors;
if(typeof data2 !== "string"){
const err0 = {instancePath:instancePath+"/kafka/bootstrapServers",schemaPath:"#/$defs/kafka/properties/bootstrapServers/oneOf/0/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
var _valid0 = _errs9 === errors;
if(_valid0){
valid3 = true;
passing0 = 0;
}
const _errs11 = errors;
if(errors === _errs11){
if(Array.isArray(data2)){
if(data2.length < 1){
const err1 = {instancePath:instancePath+"/kafka/bootstrapServers",schemaPath:"#/$defs/kafka/properties/bootstrapServers/oneOf/1/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
else {
var valid4 = true;
const len0 = data2.length;
for(let i0=0; i0<len0; i0++){
const _errs13 = errors;
if(typeof data2[i0] !== "string"){
const err2 = {instancePath:instancePath+"/kafka/bootstrapServers/" + i0,schemaPath:"#/$defs/kafka/properties/bootstrapServers/oneOf/1/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
var valid4 = _errs13 === errors;
if(!valid4){
break;
}
}
}
}
else {
const err3 = {instancePath:instancePath+"/kafka/bootstrapServers",schemaPath:"#/$defs/kafka/properties/bootstrapServers/oneOf/1/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
var _valid0 = _errs11 === errors;
if(_valid0 && valid3){
valid3 = false;
passing0 = [passing0, 1];
}
else {
if(_valid0){
valid3 = true;
passing0 = 1;
}
}
if(!valid3){
const err4 = {instancePath:instancePath+"/kafka/bootstrapServers",schemaPath:"#/$defs/kafka/properties/bootstrapServers/oneOf",keyword:"oneOf",params:{passingSchemas: passing0},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
validate21.errors = vErrors;
return false;
}
else {
errors = _errs8;
if(vErrors !== null){
if(_errs8){
vErrors.length = _errs8;
}
else {
vErrors = null;
}
}
}
var valid2 = _errs7 === errors;
}
else {
var valid2 = true;
}
if(valid2){
if(data1.sasl !== undefined){
let data4 = data1.sasl;
const _errs15 = errors;
if(errors === _errs15){
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
let missing2;
if((((data4.mechanism === undefined) && (missing2 = "mechanism")) || ((data4.username === undefined) && (missing2 = "username"))) || ((data4.password === undefined) && (missing2 = "password"))){
validate21.errors = [{instancePath:instancePath+"/kafka/sasl",schemaPath:"#/$defs/kafka/properties/sasl/required",keyword:"required",params:{missingProperty: missing2},message:"must have required property '"+missing2+"'"}];
return false;
}
else {
const _errs17 = errors;
for(const key2 in data4){
if(!(((key2 === "mechanism") || (key2 === "username")) || (key2 === "password"))){
validate21.errors = [{instancePath:instancePath+"/kafka/sasl",schemaPath:"#/$defs/kafka/properties/sasl/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key2},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs17 === errors){
if(data4.mechanism !== undefined){
let data5 = data4.mechanism;
const _errs18 = errors;
if(!(((data5 === "PLAIN") || (data5 === "SCRAM-SHA-256")) || (data5 === "SCRAM-SHA-512"))){
validate21.errors = [{instancePath:instancePath+"/kafka/sasl/mechanism",schemaPath:"#/$defs/kafka/properties/sasl/properties/mechanism/enum",keyword:"enum",params:{allowedValues: schema35.properties.sasl.properties.mechanism.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid5 = _errs18 === errors;
}
else {
var valid5 = true;
}
if(valid5){
if(data4.username !== undefined){
const _errs19 = errors;
if(typeof data4.username !== "string"){
validate21.errors = [{instancePath:instancePath+"/kafka/sasl/username",schemaPath:"#/$defs/kafka/properties/sasl/properties/username/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid5 = _errs19 === errors;
}
else {
var valid5 = true;
}
if(valid5){
if(data4.password !== undefined){
const _errs21 = errors;
if(typeof data4.password !== "string"){
validate21.errors = [{instancePath:instancePath+"/kafka/sasl/password",schemaPath:"#/$defs/kafka/properties/sasl/properties/password/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid5 = _errs21 === errors;
}
else {
var valid5 = true;
}
}
}
}
}
}
else {
validate21.errors = [{instancePath:instancePath+"/kafka/sasl",schemaPath:"#/$defs/kafka/properties/sasl/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid2 = _errs15 === errors;
}
else {
var valid2 = true;
}
if(valid2){
if(data1.tls !== undefined){
let data8 = data1.tls;
const _errs23 = errors;
const _errs24 = errors;
let valid6 = false;
let passing1 = null;
const _errs25 = errors;
if(typeof data8 !== "boolean"){
const err5 = {instancePath:instancePath+"/kafka/tls",schemaPath:"#/$defs/kafka/properties/tls/oneOf/0/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
var _valid1 = _errs25 === errors;
if(_valid1){
valid6 = true;
passing1 = 0;
}
const _errs27 = errors;
if(errors === _errs27){
if(data8 && typeof data8 == "object" && !Array.isArray(data8)){
const _errs29 = errors;
for(const key3 in data8){
if(!(((key3 === "ca") || (key3 === "cert")) || (key3 === "key"))){
const err6 = {instancePath:instancePath+"/kafka/tls",schemaPath:"#/$defs/kafka/properties/tls/oneOf/1/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
break;
}
}
if(_errs29 === errors){
if(data8.ca !== undefined){
const _errs30 = errors;
if(typeof data8.ca !== "string"){
const err7 = {instancePath:instancePath+"/kafka/tls/ca",schemaPath:"#/$defs/kafka/properties/tls/oneOf/1/properties/ca/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
var valid7 = _errs30 === errors;
}
else {
var valid7 = true;
}
if(valid7){
if(data8.cert !== undefined){
const _errs32 = errors;
if(typeof data8.cert !== "string"){
const err8 = {instancePath:instancePath+"/kafka/tls/cert",schemaPath:"#/$defs/kafka/properties/tls/oneOf/1/properties/cert/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
var valid7 = _errs32 === errors;
}
else {
var valid7 = true;
}
if(valid7){
if(data8.key !== undefined){
const _errs34 = errors;
if(typeof data8.key !== "string"){
const err9 = {instancePath:instancePath+"/kafka/tls/key",schemaPath:"#/$defs/kafka/properties/tls/oneOf/1/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
var valid7 = _errs34 === errors;
}
else {
var valid7 = true;
}
}
}
}
}
else {
const err10 = {instancePath:instancePath+"/kafka/tls",schemaPath:"#/$defs/kafka/properties/tls/oneOf/1/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
}
var _valid1 = _errs27 === errors;
if(_valid1 && valid6){
valid6 = false;
passing1 = [passing1, 1];
}
else {
if(_valid1){
valid6 = true;
passing1 = 1;
}
}
if(!valid6){
const err11 = {instancePath:instancePath+"/kafka/tls",schemaPath:"#/$defs/kafka/properties/tls/oneOf",keyword:"oneOf",params:{passingSchemas: passing1},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
validate21.errors = vErrors;
return false;
}
else {
errors = _errs24;
if(vErrors !== null){
if(_errs24){
vErrors.length = _errs24;
}
else {
vErrors = null;
}
}
}
var valid2 = _errs23 === errors;
}
else {
var valid2 = true;
}
}
}
}
}
}
else {
validate21.errors = [{instancePath:instancePath+"/kafka",schemaPath:"#/$defs/kafka/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs3 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.protected !== undefined){
const _errs36 = errors;
if(typeof data.protected !== "boolean"){
validate21.errors = [{instancePath:instancePath+"/protected",schemaPath:"#/properties/protected/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid0 = _errs36 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.variables !== undefined){
let data13 = data.variables;
const _errs38 = errors;
if(errors === _errs38){
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
for(const key4 in data13){
const _errs40 = errors;
if(typeof key4 === "string"){
if(!pattern5.test(key4)){
const err12 = {instancePath:instancePath+"/variables",schemaPath:"#/properties/variables/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Z_][A-Z0-9_]*$"},message:"must match pattern \""+"^[A-Z_][A-Z0-9_]*$"+"\"",propertyName:key4};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
var valid8 = _errs40 === errors;
if(!valid8){
const err13 = {instancePath:instancePath+"/variables",schemaPath:"#/properties/variables/propertyNames",keyword:"propertyNames",params:{propertyName: key4},message:"property name must be valid"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
validate21.errors = vErrors;
return false;
break;
}
}
if(valid8){
for(const key5 in data13){
let data14 = data13[key5];
const _errs42 = errors;
const _errs43 = errors;
let valid10 = false;
let passing2 = null;
const _errs44 = errors;
if(typeof data14 !== "string"){
const err14 = {instancePath:instancePath+"/variables/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/variables/additionalProperties/oneOf/0/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err14];
}
else {
vErrors.push(err14);
}
errors++;
}
var _valid2 = _errs44 === errors;
if(_valid2){
valid10 = true;
passing2 = 0;
}
const _errs46 = errors;
if(!(typeof data14 == "number")){
const err15 = {instancePath:instancePath+"/variables/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/variables/additionalProperties/oneOf/1/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err15];
}
else {
vErrors.push(err15);
}
errors++;
}
var _valid2 = _errs46 === errors;
if(_valid2 && valid10){
valid10 = false;
passing2 = [passing2, 1];
}
else {
if(_valid2){
valid10 = true;
passing2 = 1;
}
const _errs48 = errors;
if(typeof data14 !== "boolean"){
const err16 = {instancePath:instancePath+"/variables/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/variables/additionalProperties/oneOf/2/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"};
if(vErrors === null){
vErrors = [err16];
}
else {
vErrors.push(err16);
}
errors++;
}
var _valid2 = _errs48 === errors;
if(_valid2 && valid10){
valid10 = false;
passing2 = [passing2, 2];
}
else {
if(_valid2){
valid10 = true;
passing2 = 2;
}
}
}
if(!valid10){
const err17 = {instancePath:instancePath+"/variables/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/variables/additionalProperties/oneOf",keyword:"oneOf",params:{passingSchemas: passing2},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err17];
}
else {
vErrors.push(err17);
}
errors++;
validate21.errors = vErrors;
return false;
}
else {
errors = _errs43;
if(vErrors !== null){
if(_errs43){
vErrors.length = _errs43;
}
else {
vErrors = null;
}
}
}
var valid9 = _errs42 === errors;
if(!valid9){
break;
}
}
}
}
else {
validate21.errors = [{instancePath:instancePath+"/variables",schemaPath:"#/properties/variables/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs38 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
else {
validate21.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate21.errors = vErrors;
return errors === 0;
}
validate21.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema37 = {"type":"object","additionalProperties":false,"properties":{"partitions":{"description":"Partitions; never made fewer.","oneOf":[{"type":"integer","minimum":1},{"$ref":"#/$defs/reference"}]},"replicationFactor":{"description":"Replicas of a topic that is made; of one that is there they are only compared.","oneOf":[{"type":"integer","minimum":1},{"$ref":"#/$defs/reference"}]},"retention":{"type":"string","pattern":"^[0-9]+(ms|s|m|h|d)$|^unlimited$|^\\$\\{","description":"How long records are kept, such as 30d, or unlimited; Kafka's retention.ms."},"cleanupPolicy":{"enum":["delete","compact","compact,delete","delete,compact"],"description":"Kafka's cleanup.policy."},"configs":{"type":"object","description":"Any other configuration of a topic, under Kafka's own key.","additionalProperties":{"type":["string","number","boolean"]}}}};
const schema38 = {"type":"string","pattern":"^\\$\\{","description":"A reference such as ${PARTITIONS}."};
const pattern7 = new RegExp("^\\$\\{", "u");
const pattern9 = new RegExp("^[0-9]+(ms|s|m|h|d)$|^unlimited$|^\\$\\{", "u");

function validate25(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate25.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
const _errs1 = errors;
for(const key0 in data){
if(!(((((key0 === "partitions") || (key0 === "replicationFactor")) || (key0 === "retention")) || (key0 === "cleanupPolicy")) || (key0 === "configs"))){
validate25.errors = [{instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs1 === errors){
if(data.partitions !== undefined){
let data0 = data.partitions;
const _errs2 = errors;
const _errs3 = errors;
let valid1 = false;
let passing0 = null;
const _errs4 = errors;
if(!((typeof data0 == "number") && (!(data0 % 1) && !isNaN(data0)))){
const err0 = {instancePath:instancePath+"/partitions",schemaPath:"#/properties/partitions/oneOf/0/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
if(errors === _errs4){
if(typeof data0 == "number"){
if(data0 < 1 || isNaN(data0)){
const err1 = {instancePath:instancePath+"/partitions",schemaPath:"#/properties/partitions/oneOf/0/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
}
var _valid0 = _errs4 === errors;
if(_valid0){
valid1 = true;
passing0 = 0;
}
const _errs6 = errors;
const _errs7 = errors;
if(errors === _errs7){
if(typeof data0 === "string"){
if(!pattern7.test(data0)){
const err2 = {instancePath:instancePath+"/partitions",schemaPath:"#/$defs/reference/pattern",keyword:"pattern",params:{pattern: "^\\$\\{"},message:"must match pattern \""+"^\\$\\{"+"\""};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/partitions",schemaPath:"#/$defs/reference/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
var _valid0 = _errs6 === errors;
if(_valid0 && valid1){
valid1 = false;
passing0 = [passing0, 1];
}
else {
if(_valid0){
valid1 = true;
passing0 = 1;
}
}
if(!valid1){
const err4 = {instancePath:instancePath+"/partitions",schemaPath:"#/properties/partitions/oneOf",keyword:"oneOf",params:{passingSchemas: passing0},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
validate25.errors = vErrors;
return false;
}
else {
errors = _errs3;
if(vErrors !== null){
if(_errs3){
vErrors.length = _errs3;
}
else {
vErrors = null;
}
}
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.replicationFactor !== undefined){
let data1 = data.replicationFactor;
const _errs9 = errors;
const _errs10 = errors;
let valid3 = false;
let passing1 = null;
const _errs11 = errors;
if(!((typeof data1 == "number") && (!(data1 % 1) && !isNaN(data1)))){
const err5 = {instancePath:instancePath+"/replicationFactor",schemaPath:"#/properties/replicationFactor/oneOf/0/type",keyword:"type",params:{type: "integer"},message:"must be integer"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
if(errors === _errs11){
if(typeof data1 == "number"){
if(data1 < 1 || isNaN(data1)){
const err6 = {instancePath:instancePath+"/replicationFactor",schemaPath:"#/properties/replicationFactor/oneOf/0/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
}
}
var _valid1 = _errs11 === errors;
if(_valid1){
valid3 = true;
passing1 = 0;
}
const _errs13 = errors;
const _errs14 = errors;
if(errors === _errs14){
if(typeof data1 === "string"){
if(!pattern7.test(data1)){
const err7 = {instancePath:instancePath+"/replicationFactor",schemaPath:"#/$defs/reference/pattern",keyword:"pattern",params:{pattern: "^\\$\\{"},message:"must match pattern \""+"^\\$\\{"+"\""};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
else {
const err8 = {instancePath:instancePath+"/replicationFactor",schemaPath:"#/$defs/reference/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
var _valid1 = _errs13 === errors;
if(_valid1 && valid3){
valid3 = false;
passing1 = [passing1, 1];
}
else {
if(_valid1){
valid3 = true;
passing1 = 1;
}
}
if(!valid3){
const err9 = {instancePath:instancePath+"/replicationFactor",schemaPath:"#/properties/replicationFactor/oneOf",keyword:"oneOf",params:{passingSchemas: passing1},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
validate25.errors = vErrors;
return false;
}
else {
errors = _errs10;
if(vErrors !== null){
if(_errs10){
vErrors.length = _errs10;
}
else {
vErrors = null;
}
}
}
var valid0 = _errs9 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.retention !== undefined){
let data2 = data.retention;
const _errs16 = errors;
if(errors === _errs16){
if(typeof data2 === "string"){
if(!pattern9.test(data2)){
validate25.errors = [{instancePath:instancePath+"/retention",schemaPath:"#/properties/retention/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(ms|s|m|h|d)$|^unlimited$|^\\$\\{"},message:"must match pattern \""+"^[0-9]+(ms|s|m|h|d)$|^unlimited$|^\\$\\{"+"\""}];
return false;
}
}
else {
validate25.errors = [{instancePath:instancePath+"/retention",schemaPath:"#/properties/retention/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs16 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.cleanupPolicy !== undefined){
let data3 = data.cleanupPolicy;
const _errs18 = errors;
if(!((((data3 === "delete") || (data3 === "compact")) || (data3 === "compact,delete")) || (data3 === "delete,compact"))){
validate25.errors = [{instancePath:instancePath+"/cleanupPolicy",schemaPath:"#/properties/cleanupPolicy/enum",keyword:"enum",params:{allowedValues: schema37.properties.cleanupPolicy.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid0 = _errs18 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.configs !== undefined){
let data4 = data.configs;
const _errs19 = errors;
if(errors === _errs19){
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
for(const key1 in data4){
let data5 = data4[key1];
const _errs22 = errors;
if(((typeof data5 !== "string") && (!(typeof data5 == "number"))) && (typeof data5 !== "boolean")){
validate25.errors = [{instancePath:instancePath+"/configs/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/configs/additionalProperties/type",keyword:"type",params:{type: schema37.properties.configs.additionalProperties.type},message:"must be string,number,boolean"}];
return false;
}
var valid5 = _errs22 === errors;
if(!valid5){
break;
}
}
}
else {
validate25.errors = [{instancePath:instancePath+"/configs",schemaPath:"#/properties/configs/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs19 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
else {
validate25.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate25.errors = vErrors;
return errors === 0;
}
validate25.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const schema40 = {"type":"object","additionalProperties":false,"properties":{"source":{"type":"string","description":"A database by name, or its URL."},"target":{"type":"string","description":"The database that should have the same rows."},"connector":{"type":"string","description":"A JDBC sink whose pipeline says tables, databases and fence."},"context":{"type":"string","description":"The context of the connector."},"tables":{"type":"array","minItems":1,"items":{"oneOf":[{"type":"string"},{"$ref":"#/$defs/pairTable"}]}},"key":{"$ref":"#/$defs/columnNames","description":"Key columns, in place of the primary key."},"columns":{"$ref":"#/$defs/columnNames","description":"Compare these only, and the key."},"ignore":{"$ref":"#/$defs/columnNames","description":"Leave these out."},"rename":{"$ref":"#/$defs/columnRenames"},"where":{"type":"string","description":"SQL condition on the rows of both sides."},"rules":{"$ref":"#/$defs/columnRules"},"mode":{"enum":["rows","checksums","counts","schema"]},"strong":{"type":"boolean","description":"Compare by 128 bits of MD5, or of SHA-256 where a side has no MD5."},"settle":{"$ref":"#/$defs/duration"},"fenceTimeout":{"$ref":"#/$defs/duration"},"marker":{"type":"boolean","description":"Move a quiet source's log on by a marker."},"markerTable":{"type":"string","description":"The source's table that the marker is written into."},"floatTolerance":{"type":"number","minimum":0,"description":"Of all floating-point columns without a rule: the relative difference that is none."},"limit":{"type":"integer","minimum":0,"description":"Differences that are listed per table."},"maskValues":{"type":"boolean"},"statementTimeout":{"$ref":"#/$defs/duration"},"connectTimeout":{"$ref":"#/$defs/duration"},"parallel":{"type":"integer","minimum":1,"maximum":32,"description":"Connections on each side that read parts of a large table."},"partRows":{"type":"integer","minimum":1000,"description":"Rows of a large table that one query reads."},"maxLoad":{"type":"number","exclusiveMinimum":1,"description":"Hold back while a small read takes as many times its quickest."},"schedule":{"type":"string","description":"Cron expression of reconcile schedule."},"timezone":{"type":"string","description":"IANA time zone of the schedule (default UTC)."}}};
const schema42 = {"type":"array","minItems":1,"items":{"type":"string"}};
const schema45 = {"type":"object","description":"The target's column name by the source's.","additionalProperties":{"type":"string"}};
const schema46 = {"type":"object","description":"How single columns are compared, by the source's name.","additionalProperties":{"type":"object","minProperties":1,"additionalProperties":false,"properties":{"tolerance":{"description":"Largest difference that is none: a number, or a duration for timestamps and times.","oneOf":[{"type":"number","minimum":0},{"type":"string"}]},"relative":{"type":"number","minimum":0,"description":"The same as a part of the larger value."},"precision":{"enum":["s","ms","us"],"description":"Round timestamps and times to this."},"scale":{"type":"integer","minimum":0,"maximum":30,"description":"Round numbers to as many digits."},"trim":{"type":"boolean","description":"Blanks at both ends of a text do not count."},"case":{"enum":["sensitive","insensitive"]}}}};
const schema52 = {"type":"string","pattern":"^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"};
const schema41 = {"type":"object","required":["table"],"additionalProperties":false,"properties":{"table":{"type":"string","description":"TABLE, SCHEMA.TABLE, SOURCE=TARGET or a pattern."},"key":{"$ref":"#/$defs/columnNames"},"columns":{"$ref":"#/$defs/columnNames"},"ignore":{"$ref":"#/$defs/columnNames"},"rename":{"$ref":"#/$defs/columnRenames"},"where":{"type":"string"},"rules":{"$ref":"#/$defs/columnRules"}}};

function validate28(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate28.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.table === undefined) && (missing0 = "table")){
validate28.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
const _errs1 = errors;
for(const key0 in data){
if(!(((((((key0 === "table") || (key0 === "key")) || (key0 === "columns")) || (key0 === "ignore")) || (key0 === "rename")) || (key0 === "where")) || (key0 === "rules"))){
validate28.errors = [{instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs1 === errors){
if(data.table !== undefined){
const _errs2 = errors;
if(typeof data.table !== "string"){
validate28.errors = [{instancePath:instancePath+"/table",schemaPath:"#/properties/table/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.key !== undefined){
let data1 = data.key;
const _errs4 = errors;
const _errs5 = errors;
if(errors === _errs5){
if(Array.isArray(data1)){
if(data1.length < 1){
validate28.errors = [{instancePath:instancePath+"/key",schemaPath:"#/$defs/columnNames/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid2 = true;
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
const _errs7 = errors;
if(typeof data1[i0] !== "string"){
validate28.errors = [{instancePath:instancePath+"/key/" + i0,schemaPath:"#/$defs/columnNames/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid2 = _errs7 === errors;
if(!valid2){
break;
}
}
}
}
else {
validate28.errors = [{instancePath:instancePath+"/key",schemaPath:"#/$defs/columnNames/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.columns !== undefined){
let data3 = data.columns;
const _errs9 = errors;
const _errs10 = errors;
if(errors === _errs10){
if(Array.isArray(data3)){
if(data3.length < 1){
validate28.errors = [{instancePath:instancePath+"/columns",schemaPath:"#/$defs/columnNames/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid4 = true;
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
const _errs12 = errors;
if(typeof data3[i1] !== "string"){
validate28.errors = [{instancePath:instancePath+"/columns/" + i1,schemaPath:"#/$defs/columnNames/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid4 = _errs12 === errors;
if(!valid4){
break;
}
}
}
}
else {
validate28.errors = [{instancePath:instancePath+"/columns",schemaPath:"#/$defs/columnNames/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs9 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.ignore !== undefined){
let data5 = data.ignore;
const _errs14 = errors;
const _errs15 = errors;
if(errors === _errs15){
if(Array.isArray(data5)){
if(data5.length < 1){
validate28.errors = [{instancePath:instancePath+"/ignore",schemaPath:"#/$defs/columnNames/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid6 = true;
const len2 = data5.length;
for(let i2=0; i2<len2; i2++){
const _errs17 = errors;
if(typeof data5[i2] !== "string"){
validate28.errors = [{instancePath:instancePath+"/ignore/" + i2,schemaPath:"#/$defs/columnNames/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid6 = _errs17 === errors;
if(!valid6){
break;
}
}
}
}
else {
validate28.errors = [{instancePath:instancePath+"/ignore",schemaPath:"#/$defs/columnNames/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs14 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.rename !== undefined){
let data7 = data.rename;
const _errs19 = errors;
const _errs20 = errors;
if(errors === _errs20){
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
for(const key1 in data7){
const _errs23 = errors;
if(typeof data7[key1] !== "string"){
validate28.errors = [{instancePath:instancePath+"/rename/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/columnRenames/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid8 = _errs23 === errors;
if(!valid8){
break;
}
}
}
else {
validate28.errors = [{instancePath:instancePath+"/rename",schemaPath:"#/$defs/columnRenames/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs19 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.where !== undefined){
const _errs25 = errors;
if(typeof data.where !== "string"){
validate28.errors = [{instancePath:instancePath+"/where",schemaPath:"#/properties/where/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs25 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.rules !== undefined){
let data10 = data.rules;
const _errs27 = errors;
const _errs28 = errors;
if(errors === _errs28){
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
for(const key2 in data10){
let data11 = data10[key2];
const _errs31 = errors;
if(errors === _errs31){
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
if(Object.keys(data11).length < 1){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/columnRules/additionalProperties/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties"}];
return false;
}
else {
const _errs33 = errors;
for(const key3 in data11){
if(!((((((key3 === "tolerance") || (key3 === "relative")) || (key3 === "precision")) || (key3 === "scale")) || (key3 === "trim")) || (key3 === "case"))){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/columnRules/additionalProperties/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs33 === errors){
if(data11.tolerance !== undefined){
let data12 = data11.tolerance;
const _errs34 = errors;
const _errs35 = errors;
let valid12 = false;
let passing0 = null;
const _errs36 = errors;
if(errors === _errs36){
if(typeof data12 == "number"){
if(data12 < 0 || isNaN(data12)){
const err0 = {instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/tolerance",schemaPath:"#/$defs/columnRules/additionalProperties/properties/tolerance/oneOf/0/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
}
else {
const err1 = {instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/tolerance",schemaPath:"#/$defs/columnRules/additionalProperties/properties/tolerance/oneOf/0/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
}
var _valid0 = _errs36 === errors;
if(_valid0){
valid12 = true;
passing0 = 0;
}
const _errs38 = errors;
if(typeof data12 !== "string"){
const err2 = {instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/tolerance",schemaPath:"#/$defs/columnRules/additionalProperties/properties/tolerance/oneOf/1/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
var _valid0 = _errs38 === errors;
if(_valid0 && valid12){
valid12 = false;
passing0 = [passing0, 1];
}
else {
if(_valid0){
valid12 = true;
passing0 = 1;
}
}
if(!valid12){
const err3 = {instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/tolerance",schemaPath:"#/$defs/columnRules/additionalProperties/properties/tolerance/oneOf",keyword:"oneOf",params:{passingSchemas: passing0},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
validate28.errors = vErrors;
return false;
}
else {
errors = _errs35;
if(vErrors !== null){
if(_errs35){
vErrors.length = _errs35;
}
else {
vErrors = null;
}
}
}
var valid11 = _errs34 === errors;
}
else {
var valid11 = true;
}
if(valid11){
if(data11.relative !== undefined){
let data13 = data11.relative;
const _errs40 = errors;
if(errors === _errs40){
if(typeof data13 == "number"){
if(data13 < 0 || isNaN(data13)){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/relative",schemaPath:"#/$defs/columnRules/additionalProperties/properties/relative/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"}];
return false;
}
}
else {
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/relative",schemaPath:"#/$defs/columnRules/additionalProperties/properties/relative/type",keyword:"type",params:{type: "number"},message:"must be number"}];
return false;
}
}
var valid11 = _errs40 === errors;
}
else {
var valid11 = true;
}
if(valid11){
if(data11.precision !== undefined){
let data14 = data11.precision;
const _errs42 = errors;
if(!(((data14 === "s") || (data14 === "ms")) || (data14 === "us"))){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/precision",schemaPath:"#/$defs/columnRules/additionalProperties/properties/precision/enum",keyword:"enum",params:{allowedValues: schema46.additionalProperties.properties.precision.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid11 = _errs42 === errors;
}
else {
var valid11 = true;
}
if(valid11){
if(data11.scale !== undefined){
let data15 = data11.scale;
const _errs43 = errors;
if(!((typeof data15 == "number") && (!(data15 % 1) && !isNaN(data15)))){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/scale",schemaPath:"#/$defs/columnRules/additionalProperties/properties/scale/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs43){
if(typeof data15 == "number"){
if(data15 > 30 || isNaN(data15)){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/scale",schemaPath:"#/$defs/columnRules/additionalProperties/properties/scale/maximum",keyword:"maximum",params:{comparison: "<=", limit: 30},message:"must be <= 30"}];
return false;
}
else {
if(data15 < 0 || isNaN(data15)){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/scale",schemaPath:"#/$defs/columnRules/additionalProperties/properties/scale/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"}];
return false;
}
}
}
}
var valid11 = _errs43 === errors;
}
else {
var valid11 = true;
}
if(valid11){
if(data11.trim !== undefined){
const _errs45 = errors;
if(typeof data11.trim !== "boolean"){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/trim",schemaPath:"#/$defs/columnRules/additionalProperties/properties/trim/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid11 = _errs45 === errors;
}
else {
var valid11 = true;
}
if(valid11){
if(data11.case !== undefined){
let data17 = data11.case;
const _errs47 = errors;
if(!((data17 === "sensitive") || (data17 === "insensitive"))){
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/case",schemaPath:"#/$defs/columnRules/additionalProperties/properties/case/enum",keyword:"enum",params:{allowedValues: schema46.additionalProperties.properties.case.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid11 = _errs47 === errors;
}
else {
var valid11 = true;
}
}
}
}
}
}
}
}
}
else {
validate28.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/columnRules/additionalProperties/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid10 = _errs31 === errors;
if(!valid10){
break;
}
}
}
else {
validate28.errors = [{instancePath:instancePath+"/rules",schemaPath:"#/$defs/columnRules/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs27 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
}
else {
validate28.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate28.errors = vErrors;
return errors === 0;
}
validate28.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const pattern10 = new RegExp("^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{", "u");

function validate27(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
let vErrors = null;
let errors = 0;
const evaluated0 = validate27.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
const _errs1 = errors;
for(const key0 in data){
if(!(func1.call(schema40.properties, key0))){
validate27.errors = [{instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs1 === errors){
if(data.source !== undefined){
const _errs2 = errors;
if(typeof data.source !== "string"){
validate27.errors = [{instancePath:instancePath+"/source",schemaPath:"#/properties/source/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.target !== undefined){
const _errs4 = errors;
if(typeof data.target !== "string"){
validate27.errors = [{instancePath:instancePath+"/target",schemaPath:"#/properties/target/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.connector !== undefined){
const _errs6 = errors;
if(typeof data.connector !== "string"){
validate27.errors = [{instancePath:instancePath+"/connector",schemaPath:"#/properties/connector/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs6 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.context !== undefined){
const _errs8 = errors;
if(typeof data.context !== "string"){
validate27.errors = [{instancePath:instancePath+"/context",schemaPath:"#/properties/context/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs8 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.tables !== undefined){
let data4 = data.tables;
const _errs10 = errors;
if(errors === _errs10){
if(Array.isArray(data4)){
if(data4.length < 1){
validate27.errors = [{instancePath:instancePath+"/tables",schemaPath:"#/properties/tables/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid1 = true;
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
let data5 = data4[i0];
const _errs12 = errors;
const _errs13 = errors;
let valid2 = false;
let passing0 = null;
const _errs14 = errors;
if(typeof data5 !== "string"){
const err0 = {instancePath:instancePath+"/tables/" + i0,schemaPath:"#/properties/tables/items/oneOf/0/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
var _valid0 = _errs14 === errors;
if(_valid0){
valid2 = true;
passing0 = 0;
}
const _errs16 = errors;
if(!(validate28(data5, {instancePath:instancePath+"/tables/" + i0,parentData:data4,parentDataProperty:i0,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate28.errors : vErrors.concat(validate28.errors);
errors = vErrors.length;
}
var _valid0 = _errs16 === errors;
if(_valid0 && valid2){
valid2 = false;
passing0 = [passing0, 1];
}
else {
if(_valid0){
valid2 = true;
passing0 = 1;
}
}
if(!valid2){
const err1 = {instancePath:instancePath+"/tables/" + i0,schemaPath:"#/properties/tables/items/oneOf",keyword:"oneOf",params:{passingSchemas: passing0},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
validate27.errors = vErrors;
return false;
}
else {
errors = _errs13;
if(vErrors !== null){
if(_errs13){
vErrors.length = _errs13;
}
else {
vErrors = null;
}
}
}
var valid1 = _errs12 === errors;
if(!valid1){
break;
}
}
}
}
else {
validate27.errors = [{instancePath:instancePath+"/tables",schemaPath:"#/properties/tables/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs10 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.key !== undefined){
let data6 = data.key;
const _errs17 = errors;
const _errs18 = errors;
if(errors === _errs18){
if(Array.isArray(data6)){
if(data6.length < 1){
validate27.errors = [{instancePath:instancePath+"/key",schemaPath:"#/$defs/columnNames/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid4 = true;
const len1 = data6.length;
for(let i1=0; i1<len1; i1++){
const _errs20 = errors;
if(typeof data6[i1] !== "string"){
validate27.errors = [{instancePath:instancePath+"/key/" + i1,schemaPath:"#/$defs/columnNames/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid4 = _errs20 === errors;
if(!valid4){
break;
}
}
}
}
else {
validate27.errors = [{instancePath:instancePath+"/key",schemaPath:"#/$defs/columnNames/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs17 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.columns !== undefined){
let data8 = data.columns;
const _errs22 = errors;
const _errs23 = errors;
if(errors === _errs23){
if(Array.isArray(data8)){
if(data8.length < 1){
validate27.errors = [{instancePath:instancePath+"/columns",schemaPath:"#/$defs/columnNames/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid6 = true;
const len2 = data8.length;
for(let i2=0; i2<len2; i2++){
const _errs25 = errors;
if(typeof data8[i2] !== "string"){
validate27.errors = [{instancePath:instancePath+"/columns/" + i2,schemaPath:"#/$defs/columnNames/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid6 = _errs25 === errors;
if(!valid6){
break;
}
}
}
}
else {
validate27.errors = [{instancePath:instancePath+"/columns",schemaPath:"#/$defs/columnNames/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs22 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.ignore !== undefined){
let data10 = data.ignore;
const _errs27 = errors;
const _errs28 = errors;
if(errors === _errs28){
if(Array.isArray(data10)){
if(data10.length < 1){
validate27.errors = [{instancePath:instancePath+"/ignore",schemaPath:"#/$defs/columnNames/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"}];
return false;
}
else {
var valid8 = true;
const len3 = data10.length;
for(let i3=0; i3<len3; i3++){
const _errs30 = errors;
if(typeof data10[i3] !== "string"){
validate27.errors = [{instancePath:instancePath+"/ignore/" + i3,schemaPath:"#/$defs/columnNames/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid8 = _errs30 === errors;
if(!valid8){
break;
}
}
}
}
else {
validate27.errors = [{instancePath:instancePath+"/ignore",schemaPath:"#/$defs/columnNames/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs27 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.rename !== undefined){
let data12 = data.rename;
const _errs32 = errors;
const _errs33 = errors;
if(errors === _errs33){
if(data12 && typeof data12 == "object" && !Array.isArray(data12)){
for(const key1 in data12){
const _errs36 = errors;
if(typeof data12[key1] !== "string"){
validate27.errors = [{instancePath:instancePath+"/rename/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/columnRenames/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid10 = _errs36 === errors;
if(!valid10){
break;
}
}
}
else {
validate27.errors = [{instancePath:instancePath+"/rename",schemaPath:"#/$defs/columnRenames/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs32 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.where !== undefined){
const _errs38 = errors;
if(typeof data.where !== "string"){
validate27.errors = [{instancePath:instancePath+"/where",schemaPath:"#/properties/where/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs38 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.rules !== undefined){
let data15 = data.rules;
const _errs40 = errors;
const _errs41 = errors;
if(errors === _errs41){
if(data15 && typeof data15 == "object" && !Array.isArray(data15)){
for(const key2 in data15){
let data16 = data15[key2];
const _errs44 = errors;
if(errors === _errs44){
if(data16 && typeof data16 == "object" && !Array.isArray(data16)){
if(Object.keys(data16).length < 1){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/columnRules/additionalProperties/minProperties",keyword:"minProperties",params:{limit: 1},message:"must NOT have fewer than 1 properties"}];
return false;
}
else {
const _errs46 = errors;
for(const key3 in data16){
if(!((((((key3 === "tolerance") || (key3 === "relative")) || (key3 === "precision")) || (key3 === "scale")) || (key3 === "trim")) || (key3 === "case"))){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/columnRules/additionalProperties/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs46 === errors){
if(data16.tolerance !== undefined){
let data17 = data16.tolerance;
const _errs47 = errors;
const _errs48 = errors;
let valid14 = false;
let passing1 = null;
const _errs49 = errors;
if(errors === _errs49){
if(typeof data17 == "number"){
if(data17 < 0 || isNaN(data17)){
const err2 = {instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/tolerance",schemaPath:"#/$defs/columnRules/additionalProperties/properties/tolerance/oneOf/0/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
else {
const err3 = {instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/tolerance",schemaPath:"#/$defs/columnRules/additionalProperties/properties/tolerance/oneOf/0/type",keyword:"type",params:{type: "number"},message:"must be number"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
}
var _valid1 = _errs49 === errors;
if(_valid1){
valid14 = true;
passing1 = 0;
}
const _errs51 = errors;
if(typeof data17 !== "string"){
const err4 = {instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/tolerance",schemaPath:"#/$defs/columnRules/additionalProperties/properties/tolerance/oneOf/1/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
var _valid1 = _errs51 === errors;
if(_valid1 && valid14){
valid14 = false;
passing1 = [passing1, 1];
}
else {
if(_valid1){
valid14 = true;
passing1 = 1;
}
}
if(!valid14){
const err5 = {instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/tolerance",schemaPath:"#/$defs/columnRules/additionalProperties/properties/tolerance/oneOf",keyword:"oneOf",params:{passingSchemas: passing1},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
validate27.errors = vErrors;
return false;
}
else {
errors = _errs48;
if(vErrors !== null){
if(_errs48){
vErrors.length = _errs48;
}
else {
vErrors = null;
}
}
}
var valid13 = _errs47 === errors;
}
else {
var valid13 = true;
}
if(valid13){
if(data16.relative !== undefined){
let data18 = data16.relative;
const _errs53 = errors;
if(errors === _errs53){
if(typeof data18 == "number"){
if(data18 < 0 || isNaN(data18)){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/relative",schemaPath:"#/$defs/columnRules/additionalProperties/properties/relative/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"}];
return false;
}
}
else {
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/relative",schemaPath:"#/$defs/columnRules/additionalProperties/properties/relative/type",keyword:"type",params:{type: "number"},message:"must be number"}];
return false;
}
}
var valid13 = _errs53 === errors;
}
else {
var valid13 = true;
}
if(valid13){
if(data16.precision !== undefined){
let data19 = data16.precision;
const _errs55 = errors;
if(!(((data19 === "s") || (data19 === "ms")) || (data19 === "us"))){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/precision",schemaPath:"#/$defs/columnRules/additionalProperties/properties/precision/enum",keyword:"enum",params:{allowedValues: schema46.additionalProperties.properties.precision.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid13 = _errs55 === errors;
}
else {
var valid13 = true;
}
if(valid13){
if(data16.scale !== undefined){
let data20 = data16.scale;
const _errs56 = errors;
if(!((typeof data20 == "number") && (!(data20 % 1) && !isNaN(data20)))){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/scale",schemaPath:"#/$defs/columnRules/additionalProperties/properties/scale/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs56){
if(typeof data20 == "number"){
if(data20 > 30 || isNaN(data20)){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/scale",schemaPath:"#/$defs/columnRules/additionalProperties/properties/scale/maximum",keyword:"maximum",params:{comparison: "<=", limit: 30},message:"must be <= 30"}];
return false;
}
else {
if(data20 < 0 || isNaN(data20)){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/scale",schemaPath:"#/$defs/columnRules/additionalProperties/properties/scale/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"}];
return false;
}
}
}
}
var valid13 = _errs56 === errors;
}
else {
var valid13 = true;
}
if(valid13){
if(data16.trim !== undefined){
const _errs58 = errors;
if(typeof data16.trim !== "boolean"){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/trim",schemaPath:"#/$defs/columnRules/additionalProperties/properties/trim/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid13 = _errs58 === errors;
}
else {
var valid13 = true;
}
if(valid13){
if(data16.case !== undefined){
let data22 = data16.case;
const _errs60 = errors;
if(!((data22 === "sensitive") || (data22 === "insensitive"))){
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/case",schemaPath:"#/$defs/columnRules/additionalProperties/properties/case/enum",keyword:"enum",params:{allowedValues: schema46.additionalProperties.properties.case.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid13 = _errs60 === errors;
}
else {
var valid13 = true;
}
}
}
}
}
}
}
}
}
else {
validate27.errors = [{instancePath:instancePath+"/rules/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/columnRules/additionalProperties/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid12 = _errs44 === errors;
if(!valid12){
break;
}
}
}
else {
validate27.errors = [{instancePath:instancePath+"/rules",schemaPath:"#/$defs/columnRules/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs40 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.mode !== undefined){
let data23 = data.mode;
const _errs61 = errors;
if(!((((data23 === "rows") || (data23 === "checksums")) || (data23 === "counts")) || (data23 === "schema"))){
validate27.errors = [{instancePath:instancePath+"/mode",schemaPath:"#/properties/mode/enum",keyword:"enum",params:{allowedValues: schema40.properties.mode.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid0 = _errs61 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.strong !== undefined){
const _errs62 = errors;
if(typeof data.strong !== "boolean"){
validate27.errors = [{instancePath:instancePath+"/strong",schemaPath:"#/properties/strong/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid0 = _errs62 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.settle !== undefined){
let data25 = data.settle;
const _errs64 = errors;
const _errs65 = errors;
if(errors === _errs65){
if(typeof data25 === "string"){
if(!pattern10.test(data25)){
validate27.errors = [{instancePath:instancePath+"/settle",schemaPath:"#/$defs/duration/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"+"\""}];
return false;
}
}
else {
validate27.errors = [{instancePath:instancePath+"/settle",schemaPath:"#/$defs/duration/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs64 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.fenceTimeout !== undefined){
let data26 = data.fenceTimeout;
const _errs67 = errors;
const _errs68 = errors;
if(errors === _errs68){
if(typeof data26 === "string"){
if(!pattern10.test(data26)){
validate27.errors = [{instancePath:instancePath+"/fenceTimeout",schemaPath:"#/$defs/duration/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"+"\""}];
return false;
}
}
else {
validate27.errors = [{instancePath:instancePath+"/fenceTimeout",schemaPath:"#/$defs/duration/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs67 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.marker !== undefined){
const _errs70 = errors;
if(typeof data.marker !== "boolean"){
validate27.errors = [{instancePath:instancePath+"/marker",schemaPath:"#/properties/marker/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid0 = _errs70 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.markerTable !== undefined){
const _errs72 = errors;
if(typeof data.markerTable !== "string"){
validate27.errors = [{instancePath:instancePath+"/markerTable",schemaPath:"#/properties/markerTable/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs72 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.floatTolerance !== undefined){
let data29 = data.floatTolerance;
const _errs74 = errors;
if(errors === _errs74){
if(typeof data29 == "number"){
if(data29 < 0 || isNaN(data29)){
validate27.errors = [{instancePath:instancePath+"/floatTolerance",schemaPath:"#/properties/floatTolerance/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"}];
return false;
}
}
else {
validate27.errors = [{instancePath:instancePath+"/floatTolerance",schemaPath:"#/properties/floatTolerance/type",keyword:"type",params:{type: "number"},message:"must be number"}];
return false;
}
}
var valid0 = _errs74 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.limit !== undefined){
let data30 = data.limit;
const _errs76 = errors;
if(!((typeof data30 == "number") && (!(data30 % 1) && !isNaN(data30)))){
validate27.errors = [{instancePath:instancePath+"/limit",schemaPath:"#/properties/limit/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs76){
if(typeof data30 == "number"){
if(data30 < 0 || isNaN(data30)){
validate27.errors = [{instancePath:instancePath+"/limit",schemaPath:"#/properties/limit/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0},message:"must be >= 0"}];
return false;
}
}
}
var valid0 = _errs76 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.maskValues !== undefined){
const _errs78 = errors;
if(typeof data.maskValues !== "boolean"){
validate27.errors = [{instancePath:instancePath+"/maskValues",schemaPath:"#/properties/maskValues/type",keyword:"type",params:{type: "boolean"},message:"must be boolean"}];
return false;
}
var valid0 = _errs78 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.statementTimeout !== undefined){
let data32 = data.statementTimeout;
const _errs80 = errors;
const _errs81 = errors;
if(errors === _errs81){
if(typeof data32 === "string"){
if(!pattern10.test(data32)){
validate27.errors = [{instancePath:instancePath+"/statementTimeout",schemaPath:"#/$defs/duration/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"+"\""}];
return false;
}
}
else {
validate27.errors = [{instancePath:instancePath+"/statementTimeout",schemaPath:"#/$defs/duration/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs80 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.connectTimeout !== undefined){
let data33 = data.connectTimeout;
const _errs83 = errors;
const _errs84 = errors;
if(errors === _errs84){
if(typeof data33 === "string"){
if(!pattern10.test(data33)){
validate27.errors = [{instancePath:instancePath+"/connectTimeout",schemaPath:"#/$defs/duration/pattern",keyword:"pattern",params:{pattern: "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"},message:"must match pattern \""+"^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|^\\$\\{"+"\""}];
return false;
}
}
else {
validate27.errors = [{instancePath:instancePath+"/connectTimeout",schemaPath:"#/$defs/duration/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs83 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.parallel !== undefined){
let data34 = data.parallel;
const _errs86 = errors;
if(!((typeof data34 == "number") && (!(data34 % 1) && !isNaN(data34)))){
validate27.errors = [{instancePath:instancePath+"/parallel",schemaPath:"#/properties/parallel/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs86){
if(typeof data34 == "number"){
if(data34 > 32 || isNaN(data34)){
validate27.errors = [{instancePath:instancePath+"/parallel",schemaPath:"#/properties/parallel/maximum",keyword:"maximum",params:{comparison: "<=", limit: 32},message:"must be <= 32"}];
return false;
}
else {
if(data34 < 1 || isNaN(data34)){
validate27.errors = [{instancePath:instancePath+"/parallel",schemaPath:"#/properties/parallel/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"}];
return false;
}
}
}
}
var valid0 = _errs86 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.partRows !== undefined){
let data35 = data.partRows;
const _errs88 = errors;
if(!((typeof data35 == "number") && (!(data35 % 1) && !isNaN(data35)))){
validate27.errors = [{instancePath:instancePath+"/partRows",schemaPath:"#/properties/partRows/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs88){
if(typeof data35 == "number"){
if(data35 < 1000 || isNaN(data35)){
validate27.errors = [{instancePath:instancePath+"/partRows",schemaPath:"#/properties/partRows/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1000},message:"must be >= 1000"}];
return false;
}
}
}
var valid0 = _errs88 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.maxLoad !== undefined){
let data36 = data.maxLoad;
const _errs90 = errors;
if(errors === _errs90){
if(typeof data36 == "number"){
if(data36 <= 1 || isNaN(data36)){
validate27.errors = [{instancePath:instancePath+"/maxLoad",schemaPath:"#/properties/maxLoad/exclusiveMinimum",keyword:"exclusiveMinimum",params:{comparison: ">", limit: 1},message:"must be > 1"}];
return false;
}
}
else {
validate27.errors = [{instancePath:instancePath+"/maxLoad",schemaPath:"#/properties/maxLoad/type",keyword:"type",params:{type: "number"},message:"must be number"}];
return false;
}
}
var valid0 = _errs90 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.schedule !== undefined){
const _errs92 = errors;
if(typeof data.schedule !== "string"){
validate27.errors = [{instancePath:instancePath+"/schedule",schemaPath:"#/properties/schedule/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs92 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.timezone !== undefined){
const _errs94 = errors;
if(typeof data.timezone !== "string"){
validate27.errors = [{instancePath:instancePath+"/timezone",schemaPath:"#/properties/timezone/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs94 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
else {
validate27.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate27.errors = vErrors;
return errors === 0;
}
validate27.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};

const pattern6 = new RegExp("^[A-Za-z0-9._*?-]{1,249}$", "u");

function validate20(data, {instancePath="", parentData, parentDataProperty, rootData=data, dynamicAnchors={}}={}){
/*# sourceURL="https://sluice.dev/schemas/project.json" */;
let vErrors = null;
let errors = 0;
const evaluated0 = validate20.evaluated;
if(evaluated0.dynamicProps){
evaluated0.props = undefined;
}
if(evaluated0.dynamicItems){
evaluated0.items = undefined;
}
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.version === undefined) && (missing0 = "version")){
validate20.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
const _errs1 = errors;
for(const key0 in data){
if(!(func1.call(schema31.properties, key0))){
validate20.errors = [{instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key0},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs1 === errors){
if(data.$schema !== undefined){
const _errs2 = errors;
if(typeof data.$schema !== "string"){
validate20.errors = [{instancePath:instancePath+"/$schema",schemaPath:"#/properties/%24schema/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.version !== undefined){
const _errs4 = errors;
if(1 !== data.version){
validate20.errors = [{instancePath:instancePath+"/version",schemaPath:"#/properties/version/const",keyword:"const",params:{allowedValue: 1},message:"must be equal to constant"}];
return false;
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.contexts !== undefined){
let data2 = data.contexts;
const _errs5 = errors;
if(errors === _errs5){
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
for(const key1 in data2){
const _errs8 = errors;
if(!(validate21(data2[key1], {instancePath:instancePath+"/contexts/" + key1.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data2,parentDataProperty:key1,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
errors = vErrors.length;
}
var valid1 = _errs8 === errors;
if(!valid1){
break;
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/contexts",schemaPath:"#/properties/contexts/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs5 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.defaultContext !== undefined){
const _errs9 = errors;
if(typeof data.defaultContext !== "string"){
validate20.errors = [{instancePath:instancePath+"/defaultContext",schemaPath:"#/properties/defaultContext/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs9 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.databases !== undefined){
let data5 = data.databases;
const _errs11 = errors;
if(errors === _errs11){
if(data5 && typeof data5 == "object" && !Array.isArray(data5)){
for(const key2 in data5){
let data6 = data5[key2];
const _errs14 = errors;
const _errs16 = errors;
let valid4 = false;
let passing0 = null;
const _errs17 = errors;
if(typeof data6 !== "string"){
const err0 = {instancePath:instancePath+"/databases/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/database/oneOf/0/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
var _valid0 = _errs17 === errors;
if(_valid0){
valid4 = true;
passing0 = 0;
}
const _errs19 = errors;
if(errors === _errs19){
if(data6 && typeof data6 == "object" && !Array.isArray(data6)){
let missing1;
if((data6.url === undefined) && (missing1 = "url")){
const err1 = {instancePath:instancePath+"/databases/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/database/oneOf/1/required",keyword:"required",params:{missingProperty: missing1},message:"must have required property '"+missing1+"'"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
else {
const _errs21 = errors;
for(const key3 in data6){
if(!((key3 === "url") || (key3 === "password"))){
const err2 = {instancePath:instancePath+"/databases/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/database/oneOf/1/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key3},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
break;
}
}
if(_errs21 === errors){
if(data6.url !== undefined){
const _errs22 = errors;
if(typeof data6.url !== "string"){
const err3 = {instancePath:instancePath+"/databases/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/url",schemaPath:"#/$defs/database/oneOf/1/properties/url/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
var valid5 = _errs22 === errors;
}
else {
var valid5 = true;
}
if(valid5){
if(data6.password !== undefined){
const _errs24 = errors;
if(typeof data6.password !== "string"){
const err4 = {instancePath:instancePath+"/databases/" + key2.replace(/~/g, "~0").replace(/\//g, "~1")+"/password",schemaPath:"#/$defs/database/oneOf/1/properties/password/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
}
var valid5 = _errs24 === errors;
}
else {
var valid5 = true;
}
}
}
}
}
else {
const err5 = {instancePath:instancePath+"/databases/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/database/oneOf/1/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
}
var _valid0 = _errs19 === errors;
if(_valid0 && valid4){
valid4 = false;
passing0 = [passing0, 1];
}
else {
if(_valid0){
valid4 = true;
passing0 = 1;
}
}
if(!valid4){
const err6 = {instancePath:instancePath+"/databases/" + key2.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/$defs/database/oneOf",keyword:"oneOf",params:{passingSchemas: passing0},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
validate20.errors = vErrors;
return false;
}
else {
errors = _errs16;
if(vErrors !== null){
if(_errs16){
vErrors.length = _errs16;
}
else {
vErrors = null;
}
}
}
var valid2 = _errs14 === errors;
if(!valid2){
break;
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/databases",schemaPath:"#/properties/databases/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs11 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.connectors !== undefined){
let data9 = data.connectors;
const _errs26 = errors;
if(errors === _errs26){
if(Array.isArray(data9)){
var valid6 = true;
const len0 = data9.length;
for(let i0=0; i0<len0; i0++){
const _errs28 = errors;
if(typeof data9[i0] !== "string"){
validate20.errors = [{instancePath:instancePath+"/connectors/" + i0,schemaPath:"#/properties/connectors/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid6 = _errs28 === errors;
if(!valid6){
break;
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/connectors",schemaPath:"#/properties/connectors/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs26 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.topics !== undefined){
let data11 = data.topics;
const _errs30 = errors;
if(errors === _errs30){
if(data11 && typeof data11 == "object" && !Array.isArray(data11)){
for(const key4 in data11){
const _errs32 = errors;
if(typeof key4 === "string"){
if(!pattern6.test(key4)){
const err7 = {instancePath:instancePath+"/topics",schemaPath:"#/properties/topics/propertyNames/pattern",keyword:"pattern",params:{pattern: "^[A-Za-z0-9._*?-]{1,249}$"},message:"must match pattern \""+"^[A-Za-z0-9._*?-]{1,249}$"+"\"",propertyName:key4};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
var valid7 = _errs32 === errors;
if(!valid7){
const err8 = {instancePath:instancePath+"/topics",schemaPath:"#/properties/topics/propertyNames",keyword:"propertyNames",params:{propertyName: key4},message:"property name must be valid"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
validate20.errors = vErrors;
return false;
break;
}
}
if(valid7){
for(const key5 in data11){
const _errs34 = errors;
if(!(validate25(data11[key5], {instancePath:instancePath+"/topics/" + key5.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data11,parentDataProperty:key5,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate25.errors : vErrors.concat(validate25.errors);
errors = vErrors.length;
}
var valid8 = _errs34 === errors;
if(!valid8){
break;
}
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/topics",schemaPath:"#/properties/topics/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs30 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.prune !== undefined){
let data13 = data.prune;
const _errs35 = errors;
if(errors === _errs35){
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
let missing2;
if((data13.match === undefined) && (missing2 = "match")){
validate20.errors = [{instancePath:instancePath+"/prune",schemaPath:"#/properties/prune/required",keyword:"required",params:{missingProperty: missing2},message:"must have required property '"+missing2+"'"}];
return false;
}
else {
const _errs37 = errors;
for(const key6 in data13){
if(!(key6 === "match")){
validate20.errors = [{instancePath:instancePath+"/prune",schemaPath:"#/properties/prune/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key6},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs37 === errors){
if(data13.match !== undefined){
let data14 = data13.match;
const _errs39 = errors;
let valid10 = false;
let passing1 = null;
const _errs40 = errors;
if(typeof data14 !== "string"){
const err9 = {instancePath:instancePath+"/prune/match",schemaPath:"#/properties/prune/properties/match/oneOf/0/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
}
var _valid1 = _errs40 === errors;
if(_valid1){
valid10 = true;
passing1 = 0;
}
const _errs42 = errors;
if(errors === _errs42){
if(Array.isArray(data14)){
if(data14.length < 1){
const err10 = {instancePath:instancePath+"/prune/match",schemaPath:"#/properties/prune/properties/match/oneOf/1/minItems",keyword:"minItems",params:{limit: 1},message:"must NOT have fewer than 1 items"};
if(vErrors === null){
vErrors = [err10];
}
else {
vErrors.push(err10);
}
errors++;
}
else {
var valid11 = true;
const len1 = data14.length;
for(let i1=0; i1<len1; i1++){
const _errs44 = errors;
if(typeof data14[i1] !== "string"){
const err11 = {instancePath:instancePath+"/prune/match/" + i1,schemaPath:"#/properties/prune/properties/match/oneOf/1/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err11];
}
else {
vErrors.push(err11);
}
errors++;
}
var valid11 = _errs44 === errors;
if(!valid11){
break;
}
}
}
}
else {
const err12 = {instancePath:instancePath+"/prune/match",schemaPath:"#/properties/prune/properties/match/oneOf/1/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err12];
}
else {
vErrors.push(err12);
}
errors++;
}
}
var _valid1 = _errs42 === errors;
if(_valid1 && valid10){
valid10 = false;
passing1 = [passing1, 1];
}
else {
if(_valid1){
valid10 = true;
passing1 = 1;
}
}
if(!valid10){
const err13 = {instancePath:instancePath+"/prune/match",schemaPath:"#/properties/prune/properties/match/oneOf",keyword:"oneOf",params:{passingSchemas: passing1},message:"must match exactly one schema in oneOf"};
if(vErrors === null){
vErrors = [err13];
}
else {
vErrors.push(err13);
}
errors++;
validate20.errors = vErrors;
return false;
}
else {
errors = _errs39;
if(vErrors !== null){
if(_errs39){
vErrors.length = _errs39;
}
else {
vErrors = null;
}
}
}
}
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/prune",schemaPath:"#/properties/prune/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs35 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.preflight !== undefined){
let data16 = data.preflight;
const _errs46 = errors;
if(errors === _errs46){
if(data16 && typeof data16 == "object" && !Array.isArray(data16)){
const _errs48 = errors;
for(const key7 in data16){
if(!(key7 === "databases")){
validate20.errors = [{instancePath:instancePath+"/preflight",schemaPath:"#/properties/preflight/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key7},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs48 === errors){
if(data16.databases !== undefined){
let data17 = data16.databases;
const _errs49 = errors;
if(errors === _errs49){
if(data17 && typeof data17 == "object" && !Array.isArray(data17)){
for(const key8 in data17){
const _errs52 = errors;
if(typeof data17[key8] !== "string"){
validate20.errors = [{instancePath:instancePath+"/preflight/databases/" + key8.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/preflight/properties/databases/additionalProperties/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid13 = _errs52 === errors;
if(!valid13){
break;
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/preflight/databases",schemaPath:"#/properties/preflight/properties/databases/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/preflight",schemaPath:"#/properties/preflight/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs46 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.validate !== undefined){
let data19 = data.validate;
const _errs54 = errors;
if(errors === _errs54){
if(data19 && typeof data19 == "object" && !Array.isArray(data19)){
const _errs56 = errors;
for(const key9 in data19){
if(!((key9 === "rules") || (key9 === "silence"))){
validate20.errors = [{instancePath:instancePath+"/validate",schemaPath:"#/properties/validate/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key9},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs56 === errors){
if(data19.rules !== undefined){
let data20 = data19.rules;
const _errs57 = errors;
if(errors === _errs57){
if(data20 && typeof data20 == "object" && !Array.isArray(data20)){
for(const key10 in data20){
let data21 = data20[key10];
const _errs60 = errors;
if(!((((data21 === "error") || (data21 === "warning")) || (data21 === "note")) || (data21 === "off"))){
validate20.errors = [{instancePath:instancePath+"/validate/rules/" + key10.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/validate/properties/rules/additionalProperties/enum",keyword:"enum",params:{allowedValues: schema31.properties.validate.properties.rules.additionalProperties.enum},message:"must be equal to one of the allowed values"}];
return false;
}
var valid15 = _errs60 === errors;
if(!valid15){
break;
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/validate/rules",schemaPath:"#/properties/validate/properties/rules/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid14 = _errs57 === errors;
}
else {
var valid14 = true;
}
if(valid14){
if(data19.silence !== undefined){
let data22 = data19.silence;
const _errs61 = errors;
if(errors === _errs61){
if(Array.isArray(data22)){
var valid16 = true;
const len2 = data22.length;
for(let i2=0; i2<len2; i2++){
let data23 = data22[i2];
const _errs63 = errors;
if(errors === _errs63){
if(data23 && typeof data23 == "object" && !Array.isArray(data23)){
let missing3;
if(((data23.rule === undefined) && (missing3 = "rule")) || ((data23.reason === undefined) && (missing3 = "reason"))){
validate20.errors = [{instancePath:instancePath+"/validate/silence/" + i2,schemaPath:"#/properties/validate/properties/silence/items/required",keyword:"required",params:{missingProperty: missing3},message:"must have required property '"+missing3+"'"}];
return false;
}
else {
const _errs65 = errors;
for(const key11 in data23){
if(!((((key11 === "rule") || (key11 === "connector")) || (key11 === "key")) || (key11 === "reason"))){
validate20.errors = [{instancePath:instancePath+"/validate/silence/" + i2,schemaPath:"#/properties/validate/properties/silence/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key11},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs65 === errors){
if(data23.rule !== undefined){
const _errs66 = errors;
if(typeof data23.rule !== "string"){
validate20.errors = [{instancePath:instancePath+"/validate/silence/" + i2+"/rule",schemaPath:"#/properties/validate/properties/silence/items/properties/rule/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid17 = _errs66 === errors;
}
else {
var valid17 = true;
}
if(valid17){
if(data23.connector !== undefined){
const _errs68 = errors;
if(typeof data23.connector !== "string"){
validate20.errors = [{instancePath:instancePath+"/validate/silence/" + i2+"/connector",schemaPath:"#/properties/validate/properties/silence/items/properties/connector/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid17 = _errs68 === errors;
}
else {
var valid17 = true;
}
if(valid17){
if(data23.key !== undefined){
const _errs70 = errors;
if(typeof data23.key !== "string"){
validate20.errors = [{instancePath:instancePath+"/validate/silence/" + i2+"/key",schemaPath:"#/properties/validate/properties/silence/items/properties/key/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid17 = _errs70 === errors;
}
else {
var valid17 = true;
}
if(valid17){
if(data23.reason !== undefined){
const _errs72 = errors;
if(typeof data23.reason !== "string"){
validate20.errors = [{instancePath:instancePath+"/validate/silence/" + i2+"/reason",schemaPath:"#/properties/validate/properties/silence/items/properties/reason/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid17 = _errs72 === errors;
}
else {
var valid17 = true;
}
}
}
}
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/validate/silence/" + i2,schemaPath:"#/properties/validate/properties/silence/items/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid16 = _errs63 === errors;
if(!valid16){
break;
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/validate/silence",schemaPath:"#/properties/validate/properties/silence/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid14 = _errs61 === errors;
}
else {
var valid14 = true;
}
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/validate",schemaPath:"#/properties/validate/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs54 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.reconcile !== undefined){
let data28 = data.reconcile;
const _errs74 = errors;
if(errors === _errs74){
if(data28 && typeof data28 == "object" && !Array.isArray(data28)){
const _errs76 = errors;
for(const key12 in data28){
if(!((key12 === "pairs") || (key12 === "history"))){
validate20.errors = [{instancePath:instancePath+"/reconcile",schemaPath:"#/properties/reconcile/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key12},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs76 === errors){
if(data28.pairs !== undefined){
let data29 = data28.pairs;
const _errs77 = errors;
if(errors === _errs77){
if(data29 && typeof data29 == "object" && !Array.isArray(data29)){
for(const key13 in data29){
const _errs80 = errors;
if(!(validate27(data29[key13], {instancePath:instancePath+"/reconcile/pairs/" + key13.replace(/~/g, "~0").replace(/\//g, "~1"),parentData:data29,parentDataProperty:key13,rootData,dynamicAnchors}))){
vErrors = vErrors === null ? validate27.errors : vErrors.concat(validate27.errors);
errors = vErrors.length;
}
var valid19 = _errs80 === errors;
if(!valid19){
break;
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/reconcile/pairs",schemaPath:"#/properties/reconcile/properties/pairs/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid18 = _errs77 === errors;
}
else {
var valid18 = true;
}
if(valid18){
if(data28.history !== undefined){
let data31 = data28.history;
const _errs81 = errors;
if(errors === _errs81){
if(data31 && typeof data31 == "object" && !Array.isArray(data31)){
const _errs83 = errors;
for(const key14 in data31){
if(!(key14 === "keep")){
validate20.errors = [{instancePath:instancePath+"/reconcile/history",schemaPath:"#/properties/reconcile/properties/history/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key14},message:"must NOT have additional properties"}];
return false;
break;
}
}
if(_errs83 === errors){
if(data31.keep !== undefined){
let data32 = data31.keep;
const _errs84 = errors;
if(!((typeof data32 == "number") && (!(data32 % 1) && !isNaN(data32)))){
validate20.errors = [{instancePath:instancePath+"/reconcile/history/keep",schemaPath:"#/properties/reconcile/properties/history/properties/keep/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs84){
if(typeof data32 == "number"){
if(data32 < 1 || isNaN(data32)){
validate20.errors = [{instancePath:instancePath+"/reconcile/history/keep",schemaPath:"#/properties/reconcile/properties/history/properties/keep/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"}];
return false;
}
}
}
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/reconcile/history",schemaPath:"#/properties/reconcile/properties/history/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid18 = _errs81 === errors;
}
else {
var valid18 = true;
}
}
}
}
else {
validate20.errors = [{instancePath:instancePath+"/reconcile",schemaPath:"#/properties/reconcile/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
var valid0 = _errs74 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
}
}
}
}
}
else {
validate20.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate20.errors = vErrors;
return errors === 0;
}
validate20.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};
