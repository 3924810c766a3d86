// The first stage: everything but the event subscriptions, which need the code to be deployed (subscriptions.bicep).
targetScope = 'subscription'

import { refusals } from 'refusals.bicep'

@description('Part of the name of the resource group, and of every tag.')
@minLength(1)
@maxLength(32)
param environmentName string

param location string

@allowed([
  'flex'
  'premium'
])
param plan string = 'flex'

@description('A slot to warm a release up in; premium only.')
param stagingSlot bool = plan == 'premium'

@description('A second app that gets a share of the requests while a release is tried, and Front Door before both; flex only.')
param canary bool = false

@description('A release, or a changed setting, rolls through the instances (a preview) rather than ending what runs; flex only.')
param rollingUpdates bool = true

@description('Memory of an instance; flex only.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMegabytes int = 2048

@description('At least this many instances; premium only.')
@minValue(1)
param minimumInstances int = 1

@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Warm instances by scale group, as [{name: \'http\', instanceCount: 1}]; flex only.')
param alwaysReady array = []

@allowed([
  'serverless'
  'autoscale'
])
param cosmosCapacity string = 'serverless'

@description('Request units a second at most; only for autoscale: a multiple of 1000.')
@minValue(0)
param cosmosMaxThroughput int = 0

param zoneRedundant bool = false

@description('Private endpoints for every service, and a network for the app to call from.')
param networkIsolation bool = false

@description('Of the network: a /24 or larger, as 10.20.0.0/24.')
param addressPrefix string = ''

@description('Resource Manager reaches the store by a private link of its own, so it can write flags of an isolated deployment.')
param managementPrivateLink bool = false

@allowed([
  'Free'
  'Developer'
  'Standard'
  'Premium'
])
param configurationSku string = 'Standard'

@description('Deleted vaults and stores are kept for their whole retention. Cannot be undone.')
param purgeProtection bool = true

@description('Refuse to delete the database, the storage account and the vault.')
param lockData bool = false

@secure()
@description('Those of infra/secrets.json, as {PAYMENT_API_KEY: \'...\'}. One that is left out, or empty, stays as it is in the vault.')
param secrets object = {}

@description('Sources whose CloudEvents are taken in.')
param eventSources array

@description('Principal ids of what sends those events.')
param eventSenders array = []

@description('Personal data is in dead letters: how many days they are kept.')
@minValue(1)
param deadLetterRetentionDays int = 30

@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@minValue(0)
param dailyLogCapGigabytes int = 0

@description('Who is told of orders that need a person, and of events that went astray; empty for nobody.')
param alertEmail string = ''

@description('A month; 0 is no budget.')
@minValue(0)
param budgetAmount int = 0

@description('The first of a month, as 2026-12-01.')
param budgetStartDate string = ''

param budgetContacts array = []

@description('Whoever deploys: gets to write feature flags.')
param deployerPrincipalId string = deployer().objectId

@allowed([
  'User'
  'Group'
  'ServicePrincipal'
])
param deployerPrincipalType string = 'User'

@description('owner/name of the repository whose workflows release the code; empty for none.')
param githubRepository string = ''

param tags object = {}

var problems = refusals({
  plan: plan
  stagingSlot: stagingSlot
  canary: canary
  minimumInstances: minimumInstances
  maximumInstances: maximumInstances
  alwaysReady: alwaysReady
  zoneRedundant: zoneRedundant
  cosmosCapacity: cosmosCapacity
  cosmosMaxThroughput: cosmosMaxThroughput
  networkIsolation: networkIsolation
  addressPrefix: addressPrefix
  managementPrivateLink: managementPrivateLink
  configurationSku: configurationSku
  purgeProtection: purgeProtection
  eventSources: eventSources
  budgetAmount: budgetAmount
  budgetStartDate: budgetStartDate
  budgetContacts: budgetContacts
  instanceMemoryMegabytes: instanceMemoryMegabytes
  githubRepository: githubRepository
})

var token = toLower(uniqueString(subscription().id, environmentName, location))
var allTags = union(tags, {
  'azd-env-name': environmentName
  application: 'orders'
})

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: empty(problems) ? 'rg-orders-${environmentName}' : fail(join(problems, ' '))
  location: location
  tags: allTags
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyCapGigabytes: dailyLogCapGigabytes
  }
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: 'id-app-${token}'
    location: location
    tags: allTags
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    zoneRedundant: zoneRedundant
    networkIsolation: networkIsolation
    deadLetterRetentionDays: deadLetterRetentionDays
    packageRetentionDays: 90
    lock: lockData
  }
}

module cosmos 'modules/cosmos.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    capacity: cosmosCapacity
    maxThroughput: cosmosMaxThroughput
    zoneRedundant: zoneRedundant
    networkIsolation: networkIsolation
    lock: lockData
  }
}

module configuration 'modules/app-configuration.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    sku: configurationSku
    purgeProtection: purgeProtection
    networkIsolation: networkIsolation
  }
}

module vault 'modules/key-vault.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    purgeProtection: purgeProtection
    networkIsolation: networkIsolation
    lock: lockData
    secrets: secrets
  }
}

module eventGrid 'modules/event-grid.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    networkIsolation: networkIsolation
  }
}

module access 'modules/access.bicep' = {
  scope: group
  params: {
    appPrincipalId: identity.outputs.principalId
    storageName: storage.outputs.name
    cosmosName: cosmos.outputs.name
    cosmosDatabase: cosmos.outputs.database
    configurationName: configuration.outputs.name
    vaultName: vault.outputs.name
    insightsName: monitoring.outputs.insightsName
    topics: eventGrid.outputs.topics
    deadLetterContainer: storage.outputs.deadLetterContainer
    eventSenders: eventSenders
  }
}

module deployerAccess 'modules/deployer-access.bicep' = {
  scope: group
  params: {
    configurationName: configuration.outputs.name
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
  }
}

module network 'network-isolation.bicep' = if (networkIsolation) {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    addressPrefix: addressPrefix
    plan: plan
    storageId: storage.outputs.id
    cosmosId: cosmos.outputs.id
    configurationId: configuration.outputs.id
    vaultId: vault.outputs.id
    topics: eventGrid.outputs.topics
  }
}

module app 'function-app.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    plan: plan
    stagingSlot: stagingSlot
    canary: canary
    rollingUpdates: rollingUpdates
    workspaceId: monitoring.outputs.workspaceId
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    blobEndpoint: storage.outputs.blobEndpoint
    queueEndpoint: storage.outputs.queueEndpoint
    tableEndpoint: storage.outputs.tableEndpoint
    packageContainer: storage.outputs.packageContainer
    canaryPackageContainer: storage.outputs.canaryPackageContainer
    deadLetterContainer: storage.outputs.deadLetterContainer
    cosmosEndpoint: cosmos.outputs.endpoint
    cosmosDatabase: cosmos.outputs.database
    configurationEndpoint: configuration.outputs.endpoint
    vaultReferences: vault.outputs.references
    topics: eventGrid.outputs.topics
    eventSources: eventSources
    instanceMemoryMegabytes: instanceMemoryMegabytes
    minimumInstances: minimumInstances
    maximumInstances: maximumInstances
    alwaysReady: alwaysReady
    zoneRedundant: zoneRedundant
    subnetId: networkIsolation ? network!.outputs.appSubnetId : ''
    networkIsolation: networkIsolation
  }
  dependsOn: [
    access
  ]
}

// The door for callers, and for deploying; Event Grid alone may come in over the public address.
module appEndpoint 'modules/private-endpoint.bicep' = if (networkIsolation) {
  scope: group
  params: {
    name: 'app-${token}'
    location: location
    tags: allTags
    subnetId: network!.outputs.endpointSubnetId
    resourceId: app.outputs.id
    groupId: 'sites'
    zoneName: network!.outputs.appZone
  }
}

module frontDoor 'modules/front-door.bicep' = if (canary) {
  scope: group
  params: {
    token: token
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    appHostName: app.outputs.hostName
    canaryHostName: app.outputs.canaryHostName
  }
}

// Last of all: by now the role of whoever deploys has had time to take effect.
module values 'modules/configuration-values.bicep' = if (!networkIsolation || managementPrivateLink) {
  scope: group
  params: {
    storeName: configuration.outputs.name
  }
  dependsOn: [
    deployerAccess
    app
  ]
}

module release 'modules/release-identity.bicep' = if (!empty(githubRepository)) {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    repository: githubRepository
    githubEnvironment: environmentName
    storageName: storage.outputs.name
    packageContainer: storage.outputs.packageContainer
    appNames: canary ? [app.outputs.name, app.outputs.canaryName] : [app.outputs.name]
    frontDoorName: canary ? frontDoor!.outputs.name : ''
  }
}

module alerts 'modules/alerts.bicep' = if (!empty(alertEmail)) {
  scope: group
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    email: alertEmail
  }
}

module budget 'modules/budget.bicep' = if (budgetAmount > 0) {
  scope: group
  params: {
    amount: budgetAmount
    startDate: budgetStartDate
    contacts: budgetContacts
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output APP_NAME string = app.outputs.name
output APP_URL string = 'https://${app.outputs.hostName}'
output CANARY_APP_NAME string = app.outputs.canaryName
output FRONT_DOOR_NAME string = canary ? frontDoor!.outputs.name : ''
output FRONT_DOOR_URL string = canary ? 'https://${frontDoor!.outputs.hostName}' : ''
output STORAGE_NAME string = storage.outputs.name
output PACKAGE_CONTAINER string = storage.outputs.packageContainer
output DEAD_LETTER_CONTAINER string = storage.outputs.deadLetterContainer
output RESOURCE_TOKEN string = token
output RELEASE_CLIENT_ID string = empty(githubRepository) ? '' : release!.outputs.clientId
