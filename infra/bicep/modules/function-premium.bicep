// The app on Elastic Premium, for slots: a release warms up in staging, is looked at, and swapped in; swapped back when it fails.

param token string
param location string
param tags object
param workspaceId string
param identityId string
param settings object

@description('Settings that turn off all but requests, for staging.')
param quiet object

param stagingSlot bool
param minimumInstances int
param maximumInstances int
param zoneRedundant bool

@description('Of the subnet that the app calls from; empty without a network.')
param subnetId string

@description('Who may call the app; everybody when empty.')
param ipRules array

var sticky = concat([
  'TASKHUB_NAME'
], objectKeys(quiet))

// Content shares need storage keys, which there are none of: the app runs from a package in a blob, read by its identity. That
// is documented as "Create an app without Azure Files"; log streaming goes, and scaling out may be slower.
var ofPremium = {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'python'
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identityId
}

var site = {
  serverFarmId: plan.id
  httpsOnly: true
  publicNetworkAccess: 'Enabled'
  keyVaultReferenceIdentity: identityId
  virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
  outboundVnetRouting: {
    applicationTraffic: !empty(subnetId)
  }
  siteConfig: {
    linuxFxVersion: 'PYTHON|3.11'
    minTlsVersion: '1.2'
    scmMinTlsVersion: '1.2'
    ftpsState: 'Disabled'
    http20Enabled: true
    // Not /api/ready: an outage of the database is no reason to replace instances.
    healthCheckPath: '/api/health'
    functionsRuntimeScaleMonitoringEnabled: !empty(subnetId)
    minimumElasticInstanceCount: minimumInstances
    ipSecurityRestrictions: ipRules
    ipSecurityRestrictionsDefaultAction: empty(ipRules) ? 'Allow' : 'Deny'
  }
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  // checkov:skip=CKV_AZURE_225: zones are a parameter
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'elastic'
  sku: {
    name: 'EP1'
    tier: 'ElasticPremium'
    // Instances of the plan that are always there; zones need two.
    capacity: minimumInstances
  }
  properties: {
    reserved: true
    maximumElasticWorkerCount: maximumInstances
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  // checkov:skip=CKV_AZURE_17: callers are people's browsers and systems, which have no certificates of ours
  // checkov:skip=CKV_AZURE_222: the API is public; with networkIsolation ipRules leave Event Grid alone
  name: 'func-${token}'
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: site
}

module appSettings 'app-settings.bicep' = {
  params: {
    appName: app.name
    current: list('${app.id}/config/appsettings', '2025-03-01').properties
    settings: union(settings, ofPremium)
  }
}

resource slotSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'slotConfigNames'
  properties: {
    appSettingNames: sticky
  }
}

resource staging 'Microsoft.Web/sites/slots@2025-03-01' = if (stagingSlot) {
  parent: app
  name: 'staging'
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: site
}

module stagingSettings 'app-settings.bicep' = if (stagingSlot) {
  params: {
    appName: app.name
    slotName: 'staging'
    current: list('${app.id}/slots/staging/config/appsettings', '2025-03-01').properties
    settings: union(settings, ofPremium, quiet, { TASKHUB_NAME: '${settings.TASKHUB_NAME}Staging' })
  }
  dependsOn: [
    staging
  ]
}

resource noFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

resource noFtpToStaging 'Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies@2025-03-01' = if (stagingSlot) {
  parent: staging
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noPasswordsForStaging 'Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies@2025-03-01' = if (stagingSlot) {
  parent: staging
  name: 'scm'
  properties: {
    allow: false
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

resource stagingLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (stagingSlot) {
  name: 'to-workspace'
  scope: staging
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
