// The app on Flex Consumption: scales to nothing, takes no container, has no slots; updates roll through its instances.

@description('What the names of the plan and of the app end with.')
param suffix string

param location string
param tags object

@description('Of the app alone, on top of the others.')
param appTags object

param workspaceId string
param identityId string
param settings object

@description('Container that the package is deployed to and run from.')
param packageContainerUrl string

@description('Updates end nothing that runs, but old and new code run side by side for a while.')
param rollingUpdates bool

param instanceMemoryMegabytes int
param maximumInstances int

@description('Instances that are always warm, by scale group: name and instanceCount.')
param alwaysReady array

param zoneRedundant bool

@description('Of the subnet that the app calls from; empty without a network.')
param subnetId string

@description('Who may call the app; everybody when empty.')
param ipRules array

// The types that Bicep has do not know the strategy yet, Resource Manager does, since version 2024-11-01. It holds from the next
// update on.
var updates = any({
  siteUpdateStrategy: {
    type: rollingUpdates ? 'RollingUpdate' : 'Recreate'
  }
})

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  // checkov:skip=CKV_AZURE_225: a parameter; zones need instances that are always ready
  name: 'plan-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  // checkov:skip=CKV_AZURE_17: callers are people's browsers and systems, which have no certificates of ours
  // checkov:skip=CKV_AZURE_222: the API is public; with networkIsolation ipRules leave Event Grid alone
  name: 'func-${suffix}'
  location: location
  tags: union(tags, appTags)
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      ipSecurityRestrictions: ipRules
      ipSecurityRestrictionsDefaultAction: empty(ipRules) ? 'Allow' : 'Deny'
    }
    functionAppConfig: union({
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        alwaysReady: alwaysReady
        maximumInstanceCount: maximumInstances
        instanceMemoryMB: instanceMemoryMegabytes
      }
      runtime: {
        name: 'python'
        version: '3.11'
      }
    }, updates)
  }
}

resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: settings
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

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    // What functions log goes to Application Insights already.
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
