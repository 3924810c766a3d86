// The app with every setting that it reads, on the plan that was chosen. docs/settings.md says what the settings mean.

param token string
param location string
param tags object
param plan string
param stagingSlot bool

@description('A second app, for a share of the requests while a release is tried; flex only.')
param canary bool

param rollingUpdates bool
param workspaceId string
param identityId string
param identityClientId string
param insightsConnectionString string
param blobEndpoint string
param queueEndpoint string
param tableEndpoint string
param packageContainer string
param canaryPackageContainer string
param deadLetterContainer string
param cosmosEndpoint string
param cosmosDatabase string
param configurationEndpoint string

@description('References to Key Vault, by the names of their settings.')
param vaultReferences object

param topics array
param eventSources array
param instanceMemoryMegabytes int
param minimumInstances int
param maximumInstances int
param alwaysReady array
param zoneRedundant bool
param subnetId string
param networkIsolation bool

var outgoing = filter(topics, topic => !topic.subscribed)

// In the Event Grid schema an event's source is the id of the topic that it came through.
var topicSources = map(filter(topics, topic => (topic.subscribed && topic.inputSchema == 'EventGridSchema')), topic => topic.id)

// A further setting is a line here; one that is a secret is a line in infra/secrets.json.
var settings = {
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__queueServiceUri: queueEndpoint
  AzureWebJobsStorage__tableServiceUri: tableEndpoint
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  APPROVER_ROLE: 'Orders.Approver'
  APP_CONFIGURATION_ENDPOINT: configurationEndpoint
  CATALOGUE_CACHE_SECONDS: '30'
  COSMOS_DATABASE: cosmosDatabase
  COSMOS_ENDPOINT: cosmosEndpoint
  COSMOS_FEED__accountEndpoint: cosmosEndpoint
  COSMOS_FEED__clientId: identityClientId
  COSMOS_FEED__credential: 'managedidentity'
  DEAD_LETTER_CONTAINER: deadLetterContainer
  EVENT_ATTEMPTS: '152'
  EVENT_GRID_TOPIC_ENDPOINT: outgoing[0].endpoint
  EVENT_SOURCE: 'urn:orders'
  EVENT_SOURCES: join(concat(eventSources, topicSources), ',')
  FEATURE_FLAG_REFRESH_SECONDS: '30'
  LOG_LEVEL: 'INFO'
  MANAGED_IDENTITY_CLIENT_ID: identityClientId
  PAYMENT_CIRCUIT_FAILURES: '5'
  PAYMENT_CIRCUIT_RECOVERY_SECONDS: '30'
  PAYMENT_TIMEOUT_SECONDS: '30'
  REQUEST_TIMEOUT_SECONDS: '5'
  STOCK_CONCURRENCY: '8'
  TASKHUB_NAME: 'Orders'
}
var allSettings = union(settings, vaultReferences)

// Staging and canary answer requests and do nothing else: they share the database, where their feeds and sagas would do
// production's work a second time.
var quiet = toObject(loadJsonContent('../background-functions.json'), name => 'AzureWebJobs.${name}.Disabled', name => 'true')

// Event Grid pushes over the public endpoint; people and systems come in over the private one.
var ipRules = networkIsolation ? [
  {
    name: 'event-grid'
    priority: 100
    action: 'Allow'
    tag: 'ServiceTag'
    ipAddress: 'AzureEventGrid'
  }
] : []

module flex 'modules/function-flex.bicep' = if (plan == 'flex') {
  params: {
    suffix: token
    location: location
    tags: tags
    // By which azd finds it.
    appTags: {
      'azd-service-name': 'orders'
    }
    workspaceId: workspaceId
    identityId: identityId
    settings: allSettings
    packageContainerUrl: '${blobEndpoint}${packageContainer}'
    rollingUpdates: rollingUpdates
    instanceMemoryMegabytes: instanceMemoryMegabytes
    maximumInstances: maximumInstances
    alwaysReady: alwaysReady
    zoneRedundant: zoneRedundant
    subnetId: subnetId
    ipRules: ipRules
  }
}

// On the task hub of production, but only as its client: an order that it takes in is fulfilled by production, like any other.
module second 'modules/function-flex.bicep' = if (canary) {
  params: {
    suffix: '${token}-canary'
    location: location
    tags: tags
    appTags: {}
    workspaceId: workspaceId
    identityId: identityId
    settings: union(allSettings, quiet)
    packageContainerUrl: '${blobEndpoint}${canaryPackageContainer}'
    rollingUpdates: rollingUpdates
    instanceMemoryMegabytes: instanceMemoryMegabytes
    maximumInstances: maximumInstances
    alwaysReady: []
    zoneRedundant: false
    subnetId: subnetId
    ipRules: ipRules
  }
}

module premium 'modules/function-premium.bicep' = if (plan == 'premium') {
  params: {
    token: token
    location: location
    tags: tags
    workspaceId: workspaceId
    identityId: identityId
    settings: allSettings
    quiet: quiet
    stagingSlot: stagingSlot
    minimumInstances: minimumInstances
    maximumInstances: maximumInstances
    zoneRedundant: zoneRedundant
    subnetId: subnetId
    ipRules: ipRules
  }
}

output id string = plan == 'flex' ? flex!.outputs.id : premium!.outputs.id
output name string = plan == 'flex' ? flex!.outputs.name : premium!.outputs.name
output hostName string = plan == 'flex' ? flex!.outputs.hostName : premium!.outputs.hostName
output canaryName string = canary ? second!.outputs.name : ''
output canaryHostName string = canary ? second!.outputs.hostName : ''
